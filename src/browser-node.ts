/**
 * `zmtp/browser` in Node, for server-side rendering and for tests of modules that pages import. It has the exports of the
 * entry point for browsers, with Node's sockets.
 */

import * as api from "./entry/exports.js"
import { capability } from "./index.js"
import { joinContext } from "./sockets/join-context.js"

export * from "./entry/exports.js"
export { joinContext } from "./sockets/join-context.js"
export { capability } from "./index.js"

/** Does nothing: in Node, `ws://` and `wss://` endpoints are always enabled. */
export function useWebSockets(): void {
  // Only pages have to enable WebSockets.
}

/** Does nothing: in Node, sockets can attach streams from the start, and CURVE has its cryptography. */
export function useStreams(): void {
  // Needed only in pages: it adds the code for streams, so that pages without streams need not load it.
}

export default { ...api, capability, joinContext, useStreams, useWebSockets }
