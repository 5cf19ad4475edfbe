import type { EventEmitter } from "node:events"
import type { Socket, SocketType } from "./socket.js"

/**
 * `SocketClass`, which can also be called without `new`. Called with an object that inherits from its prototype, as in
 * `Socket.call(this, type)`, it makes that object a socket.
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
