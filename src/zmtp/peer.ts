import { EMPTY, type Frame } from "./bytes.js"
import type { Metadata } from "./handshake/metadata.js"
import type { Security } from "./handshake/security.js"

/** The peer at the other end of a pipe. */
export interface Peer {
  /** Its socket type, such as `"REQ"`; `""` if it did not announce one. */
  readonly socketType: string
  /** The routing id that it announced; empty if it has none. */
  readonly routingId: Frame
  /** It receives every message, because receivers over epgm and udp cannot subscribe or join groups. */
  readonly unfiltered?: true
}

/** A peer connected over a network. */
export interface NetworkPeer extends Peer {
  /** Its IP address; `localhost` over ipc. */
  readonly address: string
  /** The security mechanism of the connection: `NULL`, `PLAIN`, or `CURVE`. */
  readonly mechanism: Security["mechanism"]
  /** CURVE: the permanent public key, 32 bytes, that the peer has proven to own. */
  readonly publicKey?: Frame
  /** User id from the authenticator or ZAP handler; empty without one. */
  readonly userId: string
  /** Metadata from the authenticator or ZAP handler. Names are in lower case. */
  readonly metadata: Metadata
  /** Properties that the peer announced. They are not verified. Names are in lower case. */
  readonly properties: Metadata
}

/** The part of `NetworkPeer` that an engine knows: everything but the address. */
export type PeerDescription = Omit<NetworkPeer, "address">

/** A peer that has announced nothing. */
export const UNKNOWN_PEER: PeerDescription = {
  socketType: "",
  routingId: EMPTY,
  mechanism: "NULL",
  userId: "",
  metadata: new Map(),
  properties: new Map(),
}
