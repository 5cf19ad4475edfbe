import type { Message } from "../index.js"
import type { Socket } from "./socket.js"

/**
 * Passes messages between two sockets, both ways, as long as they are open.
 * @param capture Is sent what comes from the back-end; of replies only what follows the client and the delimiter.
 * @throws Error for any other pair than push/pull, pull/push, xpub/xsub and router/dealer, in this order.
 */
export function proxy(frontend: Socket, backend: Socket, capture?: Socket): void {
  const envelope = ENVELOPES.get(`${frontend.type}/${backend.type}`)
  if (envelope === undefined) throw new Error("This socket type order is not supported in compatibility mode")
  frontend.on("message", (...frames: Message[]) => {
    backend.send(frames)
  })
  backend.on("message", (...frames: Message[]) => {
    frontend.send(frames)
    capture?.send(frames.slice(envelope))
  })
}

/** The pairs there are, and the number of frames before the content of what comes from their back-end. */
const ENVELOPES: ReadonlyMap<string, number> = new Map([
  ["push/pull", 0],
  ["pull/push", 0],
  ["xpub/xsub", 0],
  ["router/dealer", 2],
  ["router/xreq", 2],
  ["xrep/dealer", 2],
  ["xrep/xreq", 2],
])
