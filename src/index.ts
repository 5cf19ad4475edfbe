/**
 * Sockets, contexts, options, and observers, for Node.
 *
 * @module zmtp
 */

import "./entry/node.js"
import * as api from "./entry/exports.js"
import { bindToServer } from "./sockets/bind-to-server.js"
import { Stream } from "./sockets/stream.js"
import { curveKeyPair, curvePublicKey } from "./security/curve-keys.js"
import { decodeZ85, encodeZ85 } from "./zmtp/z85.js"
import { capability as everywhere } from "./core/version.js"

export * from "./entry/exports.js"
export { bindToServer } from "./sockets/bind-to-server.js"
export { curveKeyPair, curvePublicKey, type CurveKeyPair } from "./security/curve-keys.js"
export { Stream, type StreamConnectOptions } from "./sockets/stream.js"
export { decodeZ85, encodeZ85 } from "./zmtp/z85.js"
/** Features of this build. */
export const capability: Readonly<Record<string, boolean>> = {
  ...everywhere,
  ipc: true,
  ws: true,
  epgm: true,
  curve: true,
  draft: true,
}

/** All exports, for `import zmq from "…"`. @hidden */
export default { ...api, bindToServer, capability, curveKeyPair, curvePublicKey, decodeZ85, encodeZ85, Stream }
