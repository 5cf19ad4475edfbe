import type { Pipe } from "../../core/pipe/pipe.js"
import { concat } from "../../zmtp/bytes.js"

/** Announces topics or groups to peers: `0x01 key` to subscribe or join, and `0x00 key` to cancel or leave. */
export class Announcements {
  /** Every pipe, including those whose peers are not connected. */
  readonly pipes = new Set<Pipe>()

  /** Sends `key` to the connected peers; `repeat` sends it to the others. */
  want(key: Uint8Array): void {
    this.#announce(WANTED, key)
  }

  /** Cancels `key`. */
  cancel(key: Uint8Array): void {
    this.#announce(CANCELED, key)
  }

  /** Sends `keys` to a peer that has connected or reconnected, and drops queued announcements. */
  repeat(pipe: Pipe, keys: Iterable<Uint8Array>): void {
    pipe.discardSent()
    for (const key of keys) pipe.sendPastMark([concat([WANTED, key], key.length + 1)])
  }

  #announce(sign: Uint8Array, key: Uint8Array): void {
    for (const pipe of this.pipes) {
      if (pipe.peer !== undefined) pipe.sendPastMark([concat([sign, key], key.length + 1)])
    }
  }
}

const WANTED = /* @__PURE__ */ Uint8Array.of(0x01)
const CANCELED = /* @__PURE__ */ Uint8Array.of(0x00)
