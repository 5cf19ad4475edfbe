import type { Pipe } from "../../core/pipe/pipe.js"

/** A pipe whose other end is in another thread or realm. */
export interface RemotePipe extends Pipe {
  /** Accepts no messages until `release`, except for `sendPastMark`. */
  hold(): void
  release(): void
}
