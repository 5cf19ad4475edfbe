/**
 * What `zmtp/browser` is outside of pages: in Node, for server-side rendering and for tests of modules that pages import.
 * It has the names of the entry for browsers, with the sockets of Node.
 */

import * as api from "./entry/exports.js"
import { capability } from "./index.js"
import { joinContext } from "./sockets/join-context.js"

export * from "./entry/exports.js"
export { joinContext } from "./sockets/join-context.js"
export { capability } from "./index.js"

/** Does nothing: in Node, sockets can connect to `ws://` and `wss://` endpoints from the start. */
export function useWebSockets(): void {
  // Pages have to ask for the code of WebSockets, so that others do not load it.
}

export default { ...api, capability, joinContext, useWebSockets }
