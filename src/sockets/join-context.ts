import { kindOf, zmqError } from "../core/errors.js"
import { watch } from "../transports/ports/port-liveness.js"
import type { AnyPort } from "../transports/ports/port-side.js"
import { Ports } from "../transports/ports/ports.js"
import { stateOf, type Context } from "./context.js"

/** A link between two contexts through a port. */
export interface ContextLink {
  /** Ends all connections through the port, and closes it. */
  close(): void
}

const joined = new WeakMap<Context, Ports>()

/** The global object of a worker, with the type that `lib.dom` declares. */
type WorkerScope = typeof globalThis

/**
 * Links `context` to the context that the other side of `port` is linked to: each side can connect to the `inproc://`
 * names that the other has bound. A port is a MessagePort, a Worker, or `self` in a worker. The owner of the other side
 * can reach every name of the context, and nothing else. Names are not forwarded to other ports.
 *
 * ```ts
 * const context = new Context()
 * const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" })
 * const link = joinContext(context, worker)
 * ```
 * @throws TypeError for anything else, such as a window or a BroadcastChannel; ZmqError ENOTSUP for a context that is
 * already shared in another way.
 */
export function joinContext(context: Context, port: AnyPort | WorkerScope): ContextLink {
  checkPort(port)
  const { inproc } = stateOf(context)
  let ports = joined.get(context)
  if (ports === undefined) {
    if (inproc.extended)
      throw zmqError("ENOTSUP", {
        message: "All threads already share the default context: create a new Context and join that",
      })
    ports = new Ports(inproc)
    inproc.extend(ports)
    joined.set(context, ports)
  }
  const side = ports.join(port, () => {
    liveness.stop()
  })
  const liveness = watch(
    port,
    () => {
      side.start()
    },
    () => {
      side.leave()
    },
  )
  return {
    close: () => {
      side.leave()
    },
  }
}

/** @throws TypeError that names a valid alternative. */
function checkPort(port: unknown): asserts port is AnyPort {
  const kind = kindOf(port)
  const { window } = (port ?? {}) as { readonly window?: unknown }
  // No other property of a window from another origin may be read.
  if (window !== undefined && window === port) {
    fail(kind, "to join a page or frame, create a MessageChannel and send one of its ports with postMessage")
  }
  if (kind === "BroadcastChannel") fail(kind, "it can have more than two ends; use a MessageChannel for each pair")
  if (isPort(port)) return
  const { port: own } = (port ?? {}) as { readonly port?: unknown }
  fail(kind, isPort(own) ? "pass its `port` property" : undefined)
}

function isPort(value: unknown): value is AnyPort {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false
  const { postMessage, addEventListener, removeEventListener } = value as Partial<AnyPort>
  return [postMessage, addEventListener, removeEventListener].every((method) => typeof method === "function")
}

function fail(kind: string, remedy: string | undefined): never {
  const expected = "expected a MessagePort, a Worker, or self in a worker"
  throw new TypeError(`Invalid port: ${expected}, got ${kind}${remedy === undefined ? "" : `; ${remedy}`}`)
}
