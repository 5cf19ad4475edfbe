import { stateOf, type Context } from "./context.js"
import { zmqError } from "../core/errors.js"
import { watch } from "../transports/ports/port-liveness.js"
import type { AnyPort } from "../transports/ports/port-side.js"
import { Ports } from "../transports/ports/ports.js"

/** What joins a context to a port. */
export interface ContextLink {
  /** Ends what goes through the port, and closes it. */
  close(): void
}

const joined = new WeakMap<Context, Ports>()

/**
 * Joins `context` to another beyond `port`, which is joined there in the same way: each side can connect to the
 * `inproc://` names that the other has bound. A port is a MessagePort, a Worker, or what a worker calls `self`; whoever
 * holds its other side can reach every name of the context, and nothing else. Names are not passed on to third parties.
 * @throws ZmqError ENOTSUP for a context that is shared in another way.
 */
export function joinContext(context: Context, port: AnyPort): ContextLink {
  const { inproc } = stateOf(context)
  let ports = joined.get(context)
  if (ports === undefined) {
    if (inproc.extended) throw zmqError("ENOTSUP", { message: "The context is that of all threads already" })
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
