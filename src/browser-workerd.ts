/**
 * `zmtp/browser` in Cloudflare Workers, for server-side rendering of modules that pages import. It has the names of
 * the entry for browsers, with the sockets of `zmtp` in a Worker.
 */

import { zmqError } from "./core/errors.js"
import * as api from "./entry/exports.js"
import { capability } from "./workerd.js"

export * from "./entry/exports.js"
export { capability } from "./workerd.js"

/** Does nothing, so that modules of pages can call it. In Workers, sockets cannot connect to `ws://` endpoints. */
export function useWebSockets(): void {
  // There is nothing to load.
}

/** Does nothing: in Workers, `attach` and the cryptography of CURVE are always available. */
export function useStreams(): void {
  // Needed only in pages: it adds the code for streams, so that pages without streams need not load it.
}

/** @throws ZmqError ENOTSUP: Workers have no threads, and their ports cannot transfer memory. */
export function joinContext(): never {
  throw zmqError("ENOTSUP", { message: "Workers have no threads: joinContext works in pages and in Node" })
}

export default { ...api, capability, joinContext, useStreams, useWebSockets }
