import type { Multipart } from "../../zmtp/bytes.js"
import { costOf } from "../../zmtp/cost.js"
import { capacityOf } from "../../core/pipe/pipe-limits.js"
import { InFlightSizes } from "./in-flight-sizes.js"

/** The sender's knowledge of the other end of a pipe to another thread or realm. */
export interface RemoteEnd {
  /** Number of messages sent that the other end has not received. */
  readonly inFlight: number
  /** High-water marks of the other end; `undefined` until it has announced them. */
  readonly receiveMark: number | undefined
  readonly receiveBytes: number | undefined
}

/** Counts messages in flight to a remote end against the high-water marks of both ends. */
export class SendWindow {
  readonly #remote: RemoteEnd
  #sendMark: number | undefined
  #sendBytes: number | undefined
  /** Present only if there is a limit in bytes. Messages sent before the limit was set are not counted. */
  #sizes: InFlightSizes | undefined

  constructor(remote: RemoteEnd) {
    this.#remote = remote
  }

  setMarks(sendMark: number | undefined, sendBytes: number | undefined): void {
    this.#sendMark = sendMark
    this.#sendBytes = sendBytes
  }

  /** Counts `message` as sent. */
  count(message: Multipart): void {
    if (this.#byteCapacity === Infinity) this.#sizes = undefined
    else (this.#sizes ??= new InFlightSizes()).push(costOf(message))
  }

  /** Memory of the messages in flight, in bytes; 0 if there is no limit in bytes. */
  get bytes(): number {
    return this.#bytes(this.#remote.inFlight)
  }

  /** Whether another message may be sent. */
  hasRoom(): boolean {
    const { inFlight } = this.#remote
    // The capacity is at least the mark of this end, which costs less to read.
    if (inFlight >= (this.#sendMark ?? 0) && inFlight >= this.#capacity) return false
    const limit = this.#byteCapacity
    return limit === Infinity || this.#bytes(inFlight) < limit
  }

  /** Whether a waiting sender may resume. As in other pipes, half of the capacity must be free. */
  hasBatch(): boolean {
    const { inFlight } = this.#remote
    return inFlight < this.#capacity && inFlight <= this.batch()
  }

  /** Number of messages that may be in flight when a waiting sender resumes. */
  batch(): number {
    const byBytes = this.#sizes?.newestWithin(this.#byteCapacity / 2) ?? Infinity
    return Math.min(Math.floor(this.#capacity / 2), byBytes)
  }

  #bytes(inFlight: number): number {
    this.#sizes?.keep(inFlight)
    return this.#sizes?.bytes ?? 0
  }

  get #capacity(): number {
    return capacityOf(this.#sendMark, this.#remote.receiveMark)
  }

  get #byteCapacity(): number {
    // With 0, the mark of the other end does not matter.
    return this.#sendBytes === 0 ? Infinity : capacityOf(this.#sendBytes, this.#remote.receiveBytes) || Infinity
  }
}
