import type { EventEmitter } from "node:events"
import type { Socket, SocketType } from "./socket.js"

/**
 * Makes `SocketClass` callable without `new`. If it is called with an object that inherits from its prototype, as in
 * `Socket.call(this, type)`, that object becomes a socket.
 */
export function callable(SocketClass: typeof Socket): typeof Socket {
  const withoutNew = new Proxy(SocketClass, {
    apply(target, self: unknown, [type]: [SocketType]): Socket {
      return new target(type, self instanceof target ? (self satisfies EventEmitter) : undefined)
    },
  })
  Object.defineProperty(SocketClass.prototype, "constructor", { value: withoutNew })
  return withoutNew
}
