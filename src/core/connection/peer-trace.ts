import type { Multipart } from "../../zmtp/bytes.js"
import type { NetworkPeer } from "../../zmtp/peer.js"

/** Senders of messages. Patterns pass on the same array that a connection delivered. */
const senders = new WeakMap<Multipart, NetworkPeer>()

/** Records that `message` came from `peer`. */
export function tracePeer(message: Multipart, peer: NetworkPeer): void {
  senders.set(message, peer)
}

/** The sender of `message`, if its connection traces peers. */
export function peerOf(message: Multipart): NetworkPeer | undefined {
  return senders.get(message)
}
