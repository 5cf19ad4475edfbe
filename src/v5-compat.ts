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

/** A socket that emits `"message"` events, with one argument for each frame. `new` may be omitted. */
export const Socket: typeof SocketClass = callable(SocketClass)
export type Socket = SocketClass

/** Creates a socket, and assigns each of `options` to it. */
export function createSocket(type: SocketType, options: object = {}): Socket {
  return Object.assign(new Socket(type), options)
}

/** Generates a pair of CURVE keys, 40 characters of Z85 each. */
export function curveKeypair(): {
  /** The public key. */
  public: string
  /** The secret key. */
  secret: string
} {
  const { publicKey, secretKey } = curveKeyPair()
  return { public: publicKey, secret: secretKey }
}

export * from "./v5/constants.js"
export { Context, createSocket as socket, options, proxy, version, type SocketType }

/** All exports, for `import zmq from "…"`. @hidden */
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
