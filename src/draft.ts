/**
 * The draft socket types, and `udp://`.
 *
 * @module zmtp/draft
 */

import "./entry/node.js"
import * as sockets from "./sockets/draft-sockets.js"

process.emitWarning("ZeroMQ draft features are experimental and could change at any time.")

export * from "./sockets/draft-sockets.js"
/** All exports, for `import zmq from "…"`. @hidden */
export default { ...sockets }
