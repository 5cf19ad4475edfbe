import { EMPTY, type Frame } from "./bytes.js"
import type { Metadata } from "./handshake/metadata.js"

/** What is known of the other side of a pipe once it is there. */
export interface Peer {
  /** Its socket type (`"REQ"` …), or `""` if it did not say. */
  readonly socketType: string
  /** Its own routing id; empty if it has none. */
  readonly routingId: Frame
  /** Everything that is sent is for it: nobody on the network can subscribe or join a group (epgm, udp). */
  readonly unfiltered?: true
}

/** What is known of a peer that has come over a network. */
export interface NetworkPeer extends Peer {
  /** Its IP address; `localhost` over ipc. */
  readonly address: string
  readonly mechanism: "NULL" | "PLAIN" | "CURVE"
  /** CURVE: the permanent key, 32 bytes, whose owner the peer has proven to be. */
  readonly publicKey?: Frame
  /** Who it is, as whoever judged it says; empty where nobody did. */
  readonly userId: string
  /** What else was said of it by whoever judged it. Names are in lower case. */
  readonly metadata: Metadata
  /** What it says of itself, which nobody has checked. Names are in lower case. */
  readonly properties: Metadata
}

/** What an engine knows of its peer: everything but the address. */
export type PeerDescription = Omit<NetworkPeer, "address">

/** A peer that has said nothing about itself. */
export const UNKNOWN_PEER: PeerDescription = {
  socketType: "",
  routingId: EMPTY,
  mechanism: "NULL",
  userId: "",
  metadata: new Map(),
  properties: new Map(),
}
