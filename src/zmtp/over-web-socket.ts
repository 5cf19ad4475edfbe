import type { Protocol } from "./engine.js"
import type { Framing } from "./framing.js"
import { PLAIN_ZWS, plainZws } from "./plain-zws-engine.js"
import type { Security } from "./handshake/security.js"
import { ZmtpEngine } from "./zmtp-engine.js"
import { ZwsFrameDecoder, ZwsOutbox } from "./frames/zws-frame.js"

/**
 * ZMTP over WebSocket (RFC 45). The subprotocol replaces the greeting. Subscriptions are messages, and heartbeats are
 * those of WebSocket instead of PING commands, as with a peer of ZMTP 3.0.
 */
const zws: Framing = {
  version: "3.0",
  // jszmq accepts any subprotocol and then uses this one.
  versionWithoutHandshake: "2.0",
  outbox: () => new ZwsOutbox(),
  decoder: () => new ZwsFrameDecoder(),
}

/** The subprotocols that a socket supports, in order of preference. */
export function subprotocols(security: Security): string[] {
  const first = `ZWS2.0/${security.mechanism}`
  return security.mechanism === "NULL" && security.authenticates !== true ? [first, PLAIN_ZWS] : [first]
}

/** The protocol over a WebSocket with the subprotocol `name`. */
export function protocolOf(name: string): Protocol {
  return name === PLAIN_ZWS ? plainZws : (options) => new ZmtpEngine(options, zws)
}
