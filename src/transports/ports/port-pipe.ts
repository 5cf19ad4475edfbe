import { capacityOf, type PipeEndOptions, type PipeLimits, type PipeOwner, type RemotePipe } from "../../core/pipe.js"
import { Ring } from "../../core/ring.js"
import { SendWindow, type RemoteEnd } from "../../core/send-window.js"
import { asFrame, type Multipart } from "../../zmtp/bytes.js"
import { costOf } from "../../zmtp/cost.js"
import type { Peer } from "../../zmtp/peer.js"

/** Where an end of a pipe reaches the other. */
export interface PortLine {
  send(frames: readonly Uint8Array[]): void
  /** So many messages were received. */
  acknowledge(count: number): void
  limits(limits: PipeLimits): void
  introduce(peer: Peer): void
  /** Nothing more will be said. */
  end(): void
}

/**
 * One end of a pipe whose other end is beyond a MessagePort. What is sent goes there at once, as far as the marks of both
 * ends let it: each end tells how much it has received, so that the sender knows what waits.
 */
export class PortPipe implements RemotePipe, RemoteEnd {
  peer: Peer | undefined
  destination: object = this
  readonly #line: PortLine
  readonly #window = new SendWindow(this)
  readonly #inbound = new Ring<Multipart>()
  /** What waits here until the other end has got hold of the pipe. */
  readonly #early = new Ring<Multipart>()
  #limits: PipeLimits
  /** What the other end has said of itself. */
  #theirs: PipeLimits | undefined
  #accepted = false
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

  constructor(
    public owner: PipeOwner,
    options: PipeEndOptions,
    line: PortLine,
  ) {
    this.#line = line
    this.#window.setMarks(options.sendMark, options.sendBytes)
    this.#limits = limitsOf(options)
  }

  get limits(): PipeLimits {
    return this.#limits
  }

  adopt(owner: PipeOwner, options: PipeEndOptions): void {
    this.owner = owner
    this.setMarks(options.sendMark, options.receiveMark, options.sendBytes, options.receiveBytes)
  }

  setMarks(sendMark?: number, receiveMark?: number, sendBytes?: number, receiveBytes?: number): void {
    const { conflatesSent, conflatesReceived } = this.#limits
    this.#window.setMarks(sendMark, sendBytes)
    this.#limits = { sendMark, receiveMark, sendBytes, receiveBytes, conflatesSent, conflatesReceived }
    if (!this.severed) this.#line.limits(this.#limits)
    this.#unblock()
  }

  hold(): void {
    this.#held = true
  }

  release(): void {
    this.#held = false
    this.#blocked = true
    this.#unblock()
  }

  activate(): void {
    if (this.#inbound.length > 0) this.owner.readActivated(this)
  }

  get writable(): boolean {
    return !this.severed && !this.#blocked && !this.#held && this.#takesMore
  }

  requestRoom(): boolean {
    if (this.severed || this.#blocked || this.#held) return false
    this.#blocked = !this.#takesMore
    return !this.#blocked
  }

  get readable(): boolean {
    return this.#inbound.length > 0
  }

  get queued(): number {
    return this.#inbound.length
  }

  get unsent(): number {
    return this.#unsent
  }

  get severed(): boolean {
    return this.#closed || this.#ended
  }

  get finished(): boolean {
    return this.#closed || (this.#ended && this.#inbound.length === 0)
  }

  send(message: Multipart): boolean {
    if (!this.requestRoom()) return false
    this.sendPastMark(message)
    return true
  }

  sendPastMark(message: Multipart): void {
    if (this.severed) return
    const copies = message.map(copyOf)
    this.#unsent++
    this.#window.count(copies)
    if (this.#accepted) this.#line.send(copies)
    else this.#early.push(copies)
  }

  /** What has gone through a port cannot be taken back. */
  discardSent(lost?: (message: Multipart) => void): void {
    this.#unsent -= this.#early.length
    for (let message = this.#early.shift(); message !== undefined; message = this.#early.shift()) lost?.(message)
  }

  receive(): Multipart | undefined {
    const message = this.#inbound.shift()
    if (message === undefined) {
      this.#idle = true
      if (this.#ended && !this.#closed) this.#terminate()
      return undefined
    }
    this.#untold++
    this.#untoldBytes += costOf(message)
    this.#tell()
    return message
  }

  announcePeer(peer: Peer): void {
    this.#line.introduce(peer)
  }

  evict(): void {
    this.close()
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#inbound.clear()
    this.tellAll()
    // What was sent before anybody has taken the pipe may still find its reader.
    if (this.#accepted || this.#early.length === 0) this.#line.end()
  }

  /** Before the last word: the other end counts what was not received. */
  tellAll(): void {
    if (this.#untold > 0 && !this.#ended) this.#line.acknowledge(this.#untold)
    this.#untold = this.#untoldBytes = 0
  }

  // What the other end says

  /** Somebody has taken the other end. Told once. */
  accepted(peer: Peer, limits: PipeLimits): void {
    this.#accepted = true
    this.#theirs = limits
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
  acknowledged(count: number): boolean {
    if (count > this.#unsent) return false
    this.#unsent -= count
    this.#unblock()
    return true
  }

  agree(limits: PipeLimits): void {
    this.#theirs = limits
    this.#unblock()
  }

  /** The other end is closed, or gone with its port. */
  abandon(): void {
    if (this.#ended) return
    this.#ended = true
    if (this.#closed) return
    for (; this.#unsent > 0; this.#unsent--) this.owner.undelivered?.(this, undefined)
    if (this.#inbound.length === 0) this.#terminate()
    else this.#unblock()
  }

  // RemoteEnd

  get receiveMark(): number | undefined {
    return this.#theirs?.receiveMark
  }

  get receiveBytes(): number | undefined {
    return this.#theirs?.receiveBytes
  }

  get #takesMore(): boolean {
    return this.#window.hasRoom() || this.#conflatesOutbound
  }

  get #conflatesOutbound(): boolean {
    return this.#limits.conflatesSent === true || this.#theirs?.conflatesReceived === true
  }

  get #conflatesInbound(): boolean {
    return this.#limits.conflatesReceived === true || this.#theirs?.conflatesSent === true
  }

  /** Whoever waits for room is woken, too, when there will be none any more. */
  #unblock(): void {
    if (!this.#blocked || this.#held || this.#closed) return
    if (!this.#ended && !this.#window.hasBatch() && !this.#conflatesOutbound) return
    this.#blocked = false
    this.owner.writeActivated(this)
  }

  /** Tells what was received, not one by one, but before half of what may wait is untold. */
  #tell(): void {
    const { sendMark, sendBytes } = this.#theirs ?? {}
    const { receiveMark, receiveBytes } = this.#limits
    const few = Math.min(capacityOf(sendMark, receiveMark) / 4, MOST_UNTOLD)
    const little = capacityOf(sendBytes, receiveBytes) / 4
    if (this.#untold < few && this.#untoldBytes < little && this.#inbound.length > 0) return
    if (this.#untold > 0 && !this.severed) this.#line.acknowledge(this.#untold)
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

function limitsOf(options: PipeEndOptions): PipeLimits {
  const { sendMark, receiveMark, sendBytes, receiveBytes, conflatesSent, conflatesReceived } = options
  return { sendMark, receiveMark, sendBytes, receiveBytes, conflatesSent, conflatesReceived }
}

const MOST_UNTOLD = 64
