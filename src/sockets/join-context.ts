import { stateOf, type Context } from "./context.js"
import { kindOf, zmqError } from "../core/errors.js"
import { watch } from "../transports/ports/port-liveness.js"
import type { AnyPort } from "../transports/ports/port-side.js"
import { Ports } from "../transports/ports/ports.js"

/** What joins a context to a port. */
export interface ContextLink {
  /** Ends what goes through the port, and closes it. */
  close(): void
}

const joined = new WeakMap<Context, Ports>()

/** The global object of a worker, as declarations for pages (`lib.dom`) have it. */
type WorkerScope = typeof globalThis

/**
 * Joins `context` to another beyond `port`, which is joined there in the same way: each side can connect to the
 * `inproc://` names that the other has bound. A port is a MessagePort, a Worker, or what a worker calls `self`; whoever
 * holds its other side can reach every name of the context, and nothing else. Names are not passed on to third parties.
 * @throws TypeError for anything else, such as a window or a BroadcastChannel; ZmqError ENOTSUP for a context that is
 * shared in another way.
 */
export function joinContext(context: Context, port: AnyPort | WorkerScope): ContextLink {
  checkPort(port)
  const { inproc } = stateOf(context)
  let ports = joined.get(context)
  if (ports === undefined) {
    if (inproc.extended)
      throw zmqError("ENOTSUP", {
        message: "The default context is shared by all threads already: join a Context of your own",
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
      side.speak()
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

/** @throws TypeError with what would be right. */
function checkPort(port: unknown): asserts port is AnyPort {
  const kind = kindOf(port)
  const { window } = (port ?? {}) as { readonly window?: unknown }
  // Nothing else may be read of a window of another origin.
  if (window !== undefined && window === port) {
    fail(kind, "pages and frames are joined through a port: new MessageChannel(), and one end by postMessage")
  }
  if (kind === "BroadcastChannel") fail(kind, "it has more than two ends: use a MessageChannel for each pair")
  if (isPort(port)) return
  const { port: own } = (port ?? {}) as { readonly port?: unknown }
  fail(kind, isPort(own) ? "pass its property port" : undefined)
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
