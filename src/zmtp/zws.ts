import { createMechanism } from "./handshake/create-mechanism.js"
import type { Protocol } from "./engine.js"
import type { Framing } from "./framing.js"
import { PLAIN_ZWS, plainZws } from "./plain-zws-engine.js"
import type { Security } from "./handshake/security.js"
import { ZmtpEngine } from "./zmtp-engine.js"
import { ZwsFrameDecoder, ZwsOutbox } from "./frames/zws-frame.js"

/**
 * ZMTP over WebSocket (RFC 45): there is no greeting, since the subprotocol has told what it would tell. Subscriptions are
 * messages, and there is no PING but that of WebSocket, as with a peer of ZMTP 3.0.
 */
const zws: Framing = {
  version: "3.0",
  // jszmq agrees to any subprotocol and speaks this one.
  bare: "2.0",
  outbox: () => new ZwsOutbox(),
  decoder: () => new ZwsFrameDecoder(),
  mechanism: createMechanism,
}

/** Subprotocols that a socket can speak, the one it likes best first. */
export function subprotocols(security: Security): string[] {
  const first = `ZWS2.0/${security.mechanism}`
  return security.mechanism === "NULL" && security.authenticates !== true ? [first, PLAIN_ZWS] : [first]
}

/** The protocol over a WebSocket with the subprotocol `name`. */
export function protocolOf(name: string): Protocol {
  return name === PLAIN_ZWS ? plainZws : (options) => new ZmtpEngine(options, zws)
}
