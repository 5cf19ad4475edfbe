import type { Multipart } from "../zmtp/bytes.js"
import type { NetworkPeer } from "../zmtp/peer.js"

/** Where messages came from. Patterns pass on the array that a connection delivered. */
const senders = new WeakMap<Multipart, NetworkPeer>()

/** Records that `message` came from `peer`. */
export function tracePeer(message: Multipart, peer: NetworkPeer): void {
  senders.set(message, peer)
}

/** The peer that `message` came from, if its connection was told to trace peers. */
export function peerOf(message: Multipart): NetworkPeer | undefined {
  return senders.get(message)
}
