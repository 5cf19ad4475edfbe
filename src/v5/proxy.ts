import type { Message } from "../index.js"
import type { Socket } from "./socket.js"

/**
 * Forwards messages between two sockets in both directions, until one of them is closed.
 * @param capture Receives a copy of each message from the back-end. The copy of a reply contains only the frames after
 * the client's routing id and the delimiter.
 * @throws Error unless the types are push/pull, pull/push, xpub/xsub, or router/dealer, in this order.
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

/** The supported pairs of types, and the number of envelope frames in messages from the back-end. */
const ENVELOPES: ReadonlyMap<string, number> = new Map([
  ["push/pull", 0],
  ["pull/push", 0],
  ["xpub/xsub", 0],
  ["router/dealer", 2],
  ["router/xreq", 2],
  ["xrep/dealer", 2],
  ["xrep/xreq", 2],
])
