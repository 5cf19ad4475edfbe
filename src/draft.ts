/**
 * The draft socket types, and `udp://`.
 *
 * @module zmtp/draft
 */

import "./node-setup.js"
import * as sockets from "./draft-sockets.js"

process.emitWarning("ZeroMQ draft features are experimental and could change at any time.")

export * from "./draft-sockets.js"
export default { ...sockets }
