/**
 * The sockets, and what goes with them, in Node.
 *
 * @module zmtp
 */

import "./node-setup.js"
import * as api from "./exports.js"
import { bindToServer } from "./bind-to-server.js"
import { Stream } from "./stream.js"
import { curveKeyPair, curvePublicKey } from "./curve-keys.js"
import { decodeZ85, encodeZ85 } from "./zmtp/z85.js"
import { capability as everywhere } from "./version.js"

export * from "./exports.js"
export { bindToServer } from "./bind-to-server.js"
export { curveKeyPair, curvePublicKey, type CurveKeyPair } from "./curve-keys.js"
export { Stream, type StreamConnectOptions } from "./stream.js"
export { decodeZ85, encodeZ85 } from "./zmtp/z85.js"
/** What this build can do. */
export const capability: Readonly<Record<string, boolean>> = {
  ...everywhere,
  ipc: true,
  epgm: true,
  curve: true,
  draft: true,
}

export default { ...api, bindToServer, capability, curveKeyPair, curvePublicKey, decodeZ85, encodeZ85, Stream }
