import { tracePeer } from "../../core/connection/peer-trace.js"
import type { Multipart } from "../../zmtp/bytes.js"
import type { NetworkPeer } from "../../zmtp/peer.js"

/** Records the peer that each message of one pipe came from. Peers are announced before their first message is queued. */
export class SenderTrace {
  #peer: NetworkPeer | undefined
  /** Earlier peers, and how many of their messages are still queued. */
  readonly #former: { readonly peer: NetworkPeer; left: number }[] = []

  /** @param queued Number of messages in the pipe, which came from earlier peers. */
  announced(peer: NetworkPeer, queued: number): void {
    const left = this.#former.reduce((rest, former) => rest - former.left, queued)
    if (this.#peer !== undefined && left > 0) this.#former.push({ peer: this.#peer, left })
    this.#peer = peer
  }

  /** Records the sender of the next message of the pipe. */
  readonly received = (message: Multipart): void => {
    const former = this.#former[0]
    if (former === undefined) {
      if (this.#peer !== undefined) tracePeer(message, this.#peer)
      return
    }
    tracePeer(message, former.peer)
    if (--former.left === 0) this.#former.shift()
  }
}
