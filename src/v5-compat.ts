/**
 * The API of zeromq.js 4 and 5, with callbacks and `"message"` events.
 *
 * @module zmtp/v5-compat
 */

import { curveKeyPair, version } from "./index.js"
import { callable } from "./v5/callable.js"
import * as constants from "./v5/constants.js"
import { Context } from "./v5/context.js"
import { options } from "./v5/options.js"
import { proxy } from "./v5/proxy.js"
import { Socket as SocketClass, type SocketType } from "./v5/socket.js"

/** A socket that emits `"message"` events, with one argument for each frame. `new` may be left out. */
export const Socket: typeof SocketClass = callable(SocketClass)
export type Socket = SocketClass

/** A new socket, with each of `options` assigned to it. */
export function createSocket(type: SocketType, options: object = {}): Socket {
  return Object.assign(new Socket(type), options)
}

/** A new pair of keys for CURVE, each 40 characters of Z85. */
export function curveKeypair(): { public: string; secret: string } {
  const { publicKey, secretKey } = curveKeyPair()
  return { public: publicKey, secret: secretKey }
}

export * from "./v5/constants.js"
export { Context, createSocket as socket, options, proxy, version, type SocketType }

export default {
  ...constants,
  Context,
  createSocket,
  curveKeypair,
  options,
  proxy,
  Socket,
  socket: createSocket,
  version,
}
