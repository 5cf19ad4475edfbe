import { capacityOf, type PipeEndOptions, type PipeOwner } from "../core/pipe.js"
import { Ring } from "../core/ring.js"
import { asFrame, sizeOf, type Message } from "../zmtp/bytes.js"
import type { Peer } from "../zmtp/peer.js"
import { DistantPipe } from "./distant-pipe.js"

/** What one end of a pipe tells the other of itself: its high-water marks, and whether it conflates each way. */
export type Terms = Omit<PipeEndOptions, "copies">

/** Where an end of a pipe reaches the other. */
export interface PortLine {
  send(frames: readonly Uint8Array[]): void
  /** So many messages were received. */
  took(count: number): void
  terms(terms: Terms): void
  introduce(peer: Peer): void
  /** Nothing more will be said. */
  end(): void
}

/**
 * One end of a pipe whose other end is beyond a MessagePort. What is sent goes there at once, as far as the marks of both
 * ends let it: each end tells how much it has received, so that the sender knows what waits.
 */
export class PortPipe extends DistantPipe {
  readonly #line: PortLine
  readonly #inbound = new Ring<Message>()
  /** What waits here until the other end has got hold of the pipe. */
  readonly #early = new Ring<Message>()
  #terms: Terms
  /** What the other end has said of itself. */
  #theirs: Terms | undefined
  #met = false
  /** Messages sent that the other end has not received. */
  #unsent = 0
  /** Messages received that the other end has not been told of, and their bytes. */
  #untold = 0
  #untoldBytes = 0
  #idle = true
  #blocked = false
  #held = false
  #closed = false
  /** The other end is closed. */
  #ended = false

  constructor(owner: PipeOwner, options: PipeEndOptions, line: PortLine) {
    super(owner, options)
    this.#line = line
    this.#terms = termsOf(options)
  }

  get terms(): Terms {
    return this.#terms
  }

  override hold(): void {
    this.#held = true
  }

  override release(): void {
    this.#held = false
    this.#blocked = true
    this.#unblock()
  }

  override activate(): void {
    if (this.#inbound.length > 0) this.owner.readActivated(this)
  }

  override get writable(): boolean {
    if (this.severed || this.#blocked || this.#held) return false
    this.#blocked = !this.#takesMore
    return !this.#blocked
  }

  override get readable(): boolean {
    return this.#inbound.length > 0
  }

  override get queued(): number {
    return this.#inbound.length
  }

  override get unsent(): number {
    return this.#unsent
  }

  override get severed(): boolean {
    return this.#closed || this.#ended
  }

  override get finished(): boolean {
    return this.#closed || (this.#ended && this.#inbound.length === 0)
  }

  override send(message: Message): boolean {
    if (!this.writable) return false
    this.sendPastMark(message)
    return true
  }

  override sendPastMark(message: Message): void {
    if (this.severed) return
    const copies = message.map(copyOf)
    this.#unsent++
    this.count(copies)
    if (this.#met) this.#line.send(copies)
    else this.#early.push(copies)
  }

  /** What has gone through a port cannot be taken back. */
  override discardSent(): void {
    this.#unsent -= this.#early.length
    this.#early.clear()
  }

  override receive(): Message | undefined {
    const message = this.#inbound.shift()
    if (message === undefined) {
      this.#idle = true
      if (this.#ended && !this.#closed) this.#terminate()
      return undefined
    }
    this.#untold++
    this.#untoldBytes += sizeOf(message)
    this.#tell()
    return message
  }

  override announcePeer(peer: Peer): void {
    this.#line.introduce(peer)
  }

  override close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#inbound.clear()
    // What was sent before anybody has taken the pipe may still find its reader.
    if (this.#met || this.#early.length === 0) this.#line.end()
  }

  // What the other end says

  /** Somebody has taken the other end. Told once. */
  meet(peer: Peer, terms: Terms): void {
    this.#met = true
    this.#theirs = terms
    for (let message = this.#early.shift(); message !== undefined; message = this.#early.shift()) {
      this.#line.send(message)
    }
    if (this.#closed) {
      this.#line.end()
      return
    }
    this.peer = { socketType: peer.socketType, routingId: asFrame(peer.routingId) }
    this.owner.peerReady(this)
    this.#unblock()
  }

  take(frames: readonly Uint8Array[]): void {
    if (this.#closed) return
    if (this.#conflatesInbound) {
      this.#untold += this.#inbound.length
      this.#inbound.clear()
      this.#tell()
    }
    this.#inbound.push(frames.map(asFrame))
    if (!this.#idle) return
    this.#idle = false
    this.owner.readActivated(this)
  }

  /** The other end has received `count` messages. False if there were not so many. */
  taken(count: number): boolean {
    if (count > this.#unsent) return false
    this.#unsent -= count
    this.#unblock()
    return true
  }

  agree(terms: Terms): void {
    this.#theirs = terms
    this.#unblock()
  }

  /** The other end is closed, or gone with its port. */
  abandon(): void {
    if (this.#ended) return
    this.#ended = true
    if (this.#closed) return
    if (this.#inbound.length === 0) this.#terminate()
    else this.#unblock()
  }

  protected override get theirReceiveMark(): number | undefined {
    return this.#theirs?.receiveMark
  }

  protected override get theirReceiveBytes(): number | undefined {
    return this.#theirs?.receiveBytes
  }

  protected override tellMarks(marks: PipeEndOptions): void {
    const { conflatesSent, conflatesReceived } = this.#terms
    this.#terms = termsOf({ ...marks, conflatesSent, conflatesReceived })
    if (!this.severed) this.#line.terms(this.#terms)
    this.#unblock()
  }

  get #takesMore(): boolean {
    return this.hasRoom || this.#conflatesOutbound
  }

  get #conflatesOutbound(): boolean {
    return this.#terms.conflatesSent === true || this.#theirs?.conflatesReceived === true
  }

  get #conflatesInbound(): boolean {
    return this.#terms.conflatesReceived === true || this.#theirs?.conflatesSent === true
  }

  /** Whoever waits for room is woken, too, when there will be none any more. */
  #unblock(): void {
    if (!this.#blocked || this.#held || this.#closed) return
    if (!this.#ended && !this.hasBatch && !this.#conflatesOutbound) return
    this.#blocked = false
    this.owner.writeActivated(this)
  }

  /** Tells what was received, not one by one, but before half of what may wait is untold. */
  #tell(): void {
    const { sendMark, sendBytes } = this.#theirs ?? {}
    const { receiveMark, receiveBytes } = this.#terms
    const few = Math.min(capacityOf(sendMark, receiveMark) / 4, MOST_UNTOLD)
    const little = capacityOf(sendBytes, receiveBytes) / 4
    if (this.#untold < few && this.#untoldBytes < little && this.#inbound.length > 0) return
    if (this.#untold > 0 && !this.severed) this.#line.took(this.#untold)
    this.#untold = this.#untoldBytes = 0
  }

  #terminate(): void {
    this.#closed = true
    this.#line.end()
    this.owner.pipeTerminated(this)
  }
}

/** In memory of its own, to be transferred. That of a frame which was transferred already is empty. */
function copyOf(frame: Uint8Array): Uint8Array {
  return frame.length === 0 ? new Uint8Array(0) : new Uint8Array(frame)
}

function termsOf(options: PipeEndOptions): Terms {
  const { sendMark, receiveMark, sendBytes, receiveBytes, conflatesSent, conflatesReceived } = options
  return { sendMark, receiveMark, sendBytes, receiveBytes, conflatesSent, conflatesReceived }
}

const MOST_UNTOLD = 64
