import { Pipe, type PipeEndOptions, type PipeOwner } from "../core/pipe.js"
import { Ring } from "../core/ring.js"
import { asFrame, type Message } from "../zmtp/bytes.js"
import type { Peer } from "../zmtp/peer.js"

/** What one end of a pipe tells the other of itself: its high-water marks, and whether it conflates each way. */
export type Terms = readonly [sendMark: number, receiveMark: number, conflatesSent: boolean, conflatesReceived: boolean]

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
export class PortPipe extends Pipe {
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
  /** Messages received that the other end has not been told of. */
  #untold = 0
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

  hold(): void {
    this.#held = true
  }

  release(): void {
    this.#held = false
    this.#blocked = true
    this.#unblock()
  }

  override adopt(owner: PipeOwner, options: PipeEndOptions): void {
    this.owner = owner
    this.#setTerms(termsOf(options))
  }

  override activate(): void {
    if (this.#inbound.length > 0) this.owner.readActivated(this)
  }

  override setMarks(sendMark: number | undefined, receiveMark: number | undefined): void {
    const [, , conflatesSent, conflatesReceived] = this.#terms
    this.#setTerms(termsOf({ sendMark, receiveMark, conflatesSent, conflatesReceived }))
  }

  override get writable(): boolean {
    if (this.severed || this.#blocked || this.#held) return false
    this.#blocked = !this.#hasRoom
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
    this.#unsent++
    const copies = message.map((frame) => new Uint8Array(frame))
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
    this.#tell(1)
    return message
  }

  override announcePeer(peer: Peer): void {
    this.#line.introduce(peer)
  }

  override withdrawPeer(): void {
    // Who is beyond a port does not come back.
  }

  /** The owner beyond learns that it has ended; why is for sessions, which are never there. */
  override evict(): void {
    this.close()
  }

  override close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#inbound.clear()
    // What was sent before anybody has taken the pipe may still find its reader.
    if (this.#met || this.#early.length === 0) this.#line.end()
  }

  // What the other end says

  /** Somebody has taken the other end. */
  meet(peer: Peer, terms: Terms): void {
    if (this.#met) return
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
      this.#tell(this.#inbound.length)
      this.#inbound.clear()
    }
    this.#inbound.push(frames.map(asFrame))
    if (!this.#idle) return
    this.#idle = false
    this.owner.readActivated(this)
  }

  /** The other end has received `count` messages. */
  taken(count: number): void {
    this.#unsent -= count
    this.#unblock()
  }

  agree(terms: Terms): void {
    this.#theirs = terms
    this.#unblock()
  }

  /** The other end is closed, or gone with its port. */
  abandon(): void {
    if (this.#ended) return
    this.#ended = true
    if (!this.#closed && this.#inbound.length === 0) this.#terminate()
  }

  get #hasRoom(): boolean {
    return this.#unsent < this.#capacity || this.#terms[2] || this.#theirs?.[3] === true
  }

  /** Messages that may be on their way to the other end. */
  get #capacity(): number {
    return sum(this.#terms[0], this.#theirs?.[1] ?? NO_MARK)
  }

  get #conflatesInbound(): boolean {
    return this.#terms[3] || this.#theirs?.[2] === true
  }

  /** As in any pipe: a sender that waits goes on when half is free. */
  #unblock(): void {
    if (!this.#blocked || this.#held || this.severed || !this.#hasRoom || this.#unsent > this.#capacity / 2) return
    this.#blocked = false
    this.owner.writeActivated(this)
  }

  /** Tells what was received, not one by one, but before half of what may wait is untold. */
  #tell(count: number): void {
    this.#untold += count
    const capacity = sum(this.#theirs?.[0] ?? NO_MARK, this.#terms[1])
    if (this.#untold < Math.min(capacity / 4, MOST_UNTOLD) && this.#inbound.length > 0) return
    if (this.#untold > 0 && !this.severed) this.#line.took(this.#untold)
    this.#untold = 0
  }

  #setTerms(terms: Terms): void {
    this.#terms = terms
    if (this.#met && !this.severed) this.#line.terms(terms)
    this.#unblock()
  }

  #terminate(): void {
    this.#closed = true
    this.#line.end()
    this.owner.pipeTerminated(this)
  }
}

function termsOf({ sendMark, receiveMark, conflatesSent, conflatesReceived }: PipeEndOptions): Terms {
  return [sendMark ?? NO_MARK, receiveMark ?? NO_MARK, conflatesSent === true, conflatesReceived === true]
}

function sum(sendMark: number, receiveMark: number): number {
  if (sendMark === 0 || receiveMark === 0) return Infinity
  return Math.max(sendMark, 0) + Math.max(receiveMark, 0)
}

/** An end that has set none. */
const NO_MARK = -1
const MOST_UNTOLD = 64
