/**
 * ZMTP without I/O: an engine that converts bytes to messages and back, for any byte stream, and its components. It runs
 * on every platform, and uses nothing else of this package.
 *
 * @module zmtp/protocol
 */

export { loadCurve } from "./security/load-curve.js"
export type { Frame, Multipart } from "./zmtp/bytes.js"
export { encodeCommand, parseCommand, type Command } from "./zmtp/commands/command.js"
export type { HeartbeatCommands } from "./zmtp/commands/heartbeats.js"
export { createEngine, createWebSocketEngine, type EngineInit } from "./zmtp/create-engine.js"
export type { CurveCrypto, KeyPair } from "./zmtp/handshake/curve/crypto.js"
export type { Credentials, Engine, EngineOptions, VerdictRequest } from "./zmtp/engine.js"
export { FLAG_COMMAND, FLAG_LONG, FLAG_MORE, FrameDecoder } from "./zmtp/frames/frame-decoder.js"
export { RecycledMemory } from "./zmtp/frames/recycled-memory.js"
export { GREETING_SIZE } from "./zmtp/handshake/greeting.js"
export { GreetingReader } from "./zmtp/handshake/greeting-reader.js"
export { LegacyFrameDecoder } from "./zmtp/frames/legacy-frame.js"
export {
  LARGE_BODY,
  MAX_COMMAND,
  MAX_CREDENTIAL,
  MAX_FRAMES,
  MAX_GROUP,
  MAX_HANDSHAKE_COMMAND,
  MAX_MESSAGE,
  MAX_RECYCLED_FRAMES,
  MAX_RECYCLED_MEMORY,
  MAX_ROUTING_ID,
} from "./zmtp/limits.js"
export { encodeMetadata, MAX_PROPERTIES, parseMetadata, type Metadata } from "./zmtp/handshake/metadata.js"
export type { NetworkPeer, Peer, PeerDescription } from "./zmtp/peer.js"
export {
  LimitError,
  ProtocolError,
  RefusedError,
  type LimitName,
  type ProtocolErrorCode,
} from "./zmtp/protocol-error.js"
export type {
  CurveClientSecurity,
  CurveServerSecurity,
  NullSecurity,
  PlainClientSecurity,
  PlainServerSecurity,
  Security,
  Status,
  Verdict,
} from "./zmtp/handshake/security.js"
export { isLegalPeer, SOCKET_TYPE_NAMES, type SocketTypeName } from "./zmtp/socket-types.js"
export type { EngineState } from "./zmtp/state.js"
export { printable, printableJson, quoted } from "./zmtp/printable.js"
export { negotiatesMechanism, type Version } from "./zmtp/version.js"
export { decodeZ85, encodeZ85 } from "./zmtp/z85.js"
export { subprotocols } from "./zmtp/over-web-socket.js"
