import type { Pipe } from "../../core/pipe.js"
import { concat } from "../../zmtp/bytes.js"

/** Tells peers which topics or groups a socket wants: `0x01 key` for each, and `0x00 key` when it no longer does. */
export class Announcements {
  /** Every pipe, including those whose peer is absent. */
  readonly pipes = new Set<Pipe>()

  /** Sends `key` to the connected peers; `repeat` sends it to the others. */
  want(key: Uint8Array): void {
    this.#announce(WANTED, key)
  }

  /** Takes `key` back. */
  cancel(key: Uint8Array): void {
    this.#announce(CANCELED, key)
  }

  /** Sends `keys` to a peer that has connected or reconnected, in place of what was sent to it before. */
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
