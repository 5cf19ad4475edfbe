import { capacityOf, Pipe, type PipeEndOptions, type PipeOwner } from "../core/pipe.js"
import { Unreceived } from "../core/unreceived.js"
import { sizeOf, type Message } from "../zmtp/bytes.js"

/**
 * An end of a pipe whose other end is not in this thread. Each end learns how many of its messages were received, not
 * which they were: what is on its way is counted where it was sent.
 */
export abstract class DistantPipe extends Pipe {
  #sendMark: number | undefined
  #sendBytes: number | undefined
  /** There only since there is a limit in bytes: what was sent before counts for nothing. */
  #unreceived: Unreceived | undefined

  protected constructor(owner: PipeOwner, options: PipeEndOptions) {
    super(owner, options)
    this.#sendMark = options.sendMark
    this.#sendBytes = options.sendBytes
  }

  /** Takes no messages until `release`, but those past the mark. */
  abstract hold(): void
  abstract release(): void

  /** Of the other end; `undefined` as long as it has said nothing. */
  protected abstract get theirReceiveMark(): number | undefined
  protected abstract get theirReceiveBytes(): number | undefined
  /** The other end is to learn of the marks of this one. */
  protected abstract tellMarks(options: PipeEndOptions): void

  override setMarks(sendMark?: number, receiveMark?: number, sendBytes?: number, receiveBytes?: number): void {
    this.#sendMark = sendMark
    this.#sendBytes = sendBytes
    this.tellMarks({ sendMark, receiveMark, sendBytes, receiveBytes })
  }

  override adopt(owner: PipeOwner, options: PipeEndOptions): void {
    this.owner = owner
    this.setMarks(options.sendMark, options.receiveMark, options.sendBytes, options.receiveBytes)
  }

  override withdrawPeer(): void {
    // Who is not in this thread does not come back.
  }

  /** The owner beyond learns that it has ended; why is for sessions, which are never there. */
  override evict(): void {
    this.close()
  }

  /** `message` is on its way. */
  protected count(message: Message): void {
    if (this.#byteCapacity === Infinity) this.#unreceived = undefined
    else (this.#unreceived ??= new Unreceived()).push(sizeOf(message))
  }

  /** Whether another message may be on its way. */
  protected get hasRoom(): boolean {
    if (this.unsent >= this.#capacity) return false
    const most = this.#byteCapacity
    return most === Infinity || (this.#sizes?.bytes ?? 0) < most
  }

  /** Whether a sender that waits goes on: as in any pipe it does when half is free. */
  protected get hasBatch(): boolean {
    const { unsent } = this
    return unsent < this.#capacity && unsent <= this.batch
  }

  /** How many messages may be on their way then. */
  protected get batch(): number {
    const byBytes = this.#sizes?.newestWithin(this.#byteCapacity / 2) ?? Infinity
    return Math.min(Math.floor(this.#capacity / 2), byBytes)
  }

  get #capacity(): number {
    return capacityOf(this.#sendMark, this.theirReceiveMark)
  }

  get #byteCapacity(): number {
    return this.#sendBytes === 0 ? Infinity : capacityOf(this.#sendBytes, this.theirReceiveBytes) || Infinity
  }

  /** Of what is on its way. */
  get #sizes(): Unreceived | undefined {
    this.#unreceived?.keep(this.unsent)
    return this.#unreceived
  }
}
