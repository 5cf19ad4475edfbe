import type { PipeOwner } from "../../core/pipe/pipe.js"
import { capacityOf, type PipeEndOptions, type PipeLimits } from "../../core/pipe/pipe-limits.js"
import type { RemotePipe } from "../inproc/remote-pipe.js"
import { Ring } from "../../core/ring.js"
import { SendWindow, type RemoteEnd } from "../inproc/send-window.js"
import { asFrame, type Multipart } from "../../zmtp/bytes.js"
import { costOf } from "../../zmtp/cost.js"
import type { Peer } from "../../zmtp/peer.js"

/** The connection from an end of a pipe to the other end. */
export interface PortLine {
  send(frames: readonly Uint8Array[]): void
  /** Reports that `count` messages were received. */
  acknowledge(count: number): void
  limits(limits: PipeLimits): void
  introduce(peer: Peer): void
  /** Closes the line. Nothing more is sent. */
  end(): void
}

/**
 * One end of a pipe whose other end is on the other side of a MessagePort. Messages are posted immediately, up to the
 * high-water marks of both ends. Each end reports how many messages it has received, so that the sender knows how many
 * are queued.
 */
export class PortPipe implements RemotePipe, RemoteEnd {
  peer: Peer | undefined
  destination: object = this
  readonly #line: PortLine
  readonly #window = new SendWindow(this)
  readonly #inbound = new Ring<Multipart>()
  /** Messages that are queued here until the other end is accepted. */
  readonly #early = new Ring<Multipart>()
  #limits: PipeLimits
  /** Limits of the other end, once it has sent them. */
  #remoteLimits: PipeLimits | undefined
  #accepted = false
  /** Number of messages sent that the other end has not received. */
  #inFlight = 0
  /** Number of messages received that were not reported to the other end, and their bytes. */
  #unreported = 0
  #unreportedBytes = 0
  #idle = true
  #blocked = false
  #held = false
  #closed = false
  /** Whether the other end is closed. */
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

  transferTo(owner: PipeOwner, options: PipeEndOptions): void {
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

  get inFlight(): number {
    return this.#inFlight
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
    this.#inFlight++
    this.#window.count(copies)
    if (this.#accepted) this.#line.send(copies)
    else this.#early.push(copies)
  }

  /** Drops messages that are queued here. Posted messages cannot be taken back. */
  discardSent(lost?: (message: Multipart) => void): void {
    this.#inFlight -= this.#early.length
    for (let message = this.#early.shift(); message !== undefined; message = this.#early.shift()) lost?.(message)
  }

  receive(): Multipart | undefined {
    const message = this.#inbound.shift()
    if (message === undefined) {
      this.#idle = true
      if (this.#ended && !this.#closed) this.#terminate()
      return undefined
    }
    this.#unreported++
    this.#unreportedBytes += costOf(message)
    this.#reportReceived()
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
    this.reportAll()
    // Messages that were sent before the other end was accepted may still be received.
    if (this.#accepted || this.#early.length === 0) this.#line.end()
  }

  /** Reports all received messages. Call it before closing, because the other end counts the others as lost. */
  reportAll(): void {
    if (this.#unreported > 0 && !this.#ended) this.#line.acknowledge(this.#unreported)
    this.#unreported = this.#unreportedBytes = 0
  }

  // Events of the other end

  /** The other end was accepted. Called once. */
  accepted(peer: Peer, limits: PipeLimits): void {
    this.#accepted = true
    this.#remoteLimits = limits
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
      this.#unreported += this.#inbound.length
      this.#inbound.clear()
      this.#reportReceived()
    }
    this.#inbound.push(frames.map(asFrame))
    if (!this.#idle) return
    this.#idle = false
    this.owner.readActivated(this)
  }

  /** The other end has received `count` messages. Returns false if there were fewer. */
  acknowledged(count: number): boolean {
    if (count > this.#inFlight) return false
    this.#inFlight -= count
    this.#unblock()
    return true
  }

  setRemoteLimits(limits: PipeLimits): void {
    this.#remoteLimits = limits
    this.#unblock()
  }

  /** The other end is closed, or its port is. */
  abandon(): void {
    if (this.#ended) return
    this.#ended = true
    if (this.#closed) return
    for (; this.#inFlight > 0; this.#inFlight--) this.owner.undelivered?.(this, undefined)
    if (this.#inbound.length === 0) this.#terminate()
    else this.#unblock()
  }

  // RemoteEnd

  get receiveMark(): number | undefined {
    return this.#remoteLimits?.receiveMark
  }

  get receiveBytes(): number | undefined {
    return this.#remoteLimits?.receiveBytes
  }

  get #takesMore(): boolean {
    return this.#window.hasRoom() || this.#conflatesOutbound
  }

  get #conflatesOutbound(): boolean {
    return this.#limits.conflatesSent === true || this.#remoteLimits?.conflatesReceived === true
  }

  get #conflatesInbound(): boolean {
    return this.#limits.conflatesReceived === true || this.#remoteLimits?.conflatesSent === true
  }

  /** Wakes a sender that is waiting for room, even if there will be none anymore. */
  #unblock(): void {
    if (!this.#blocked || this.#held || this.#closed) return
    if (!this.#ended && !this.#window.hasBatch() && !this.#conflatesOutbound) return
    this.#blocked = false
    this.owner.writeActivated(this)
  }

  /** Reports received messages in batches, before half of the capacity is unreported. */
  #reportReceived(): void {
    const { sendMark, sendBytes } = this.#remoteLimits ?? {}
    const { receiveMark, receiveBytes } = this.#limits
    const few = Math.min(capacityOf(sendMark, receiveMark) / 4, MAX_UNREPORTED)
    const little = capacityOf(sendBytes, receiveBytes) / 4
    if (this.#unreported < few && this.#unreportedBytes < little && this.#inbound.length > 0) return
    if (this.#unreported > 0 && !this.severed) this.#line.acknowledge(this.#unreported)
    this.#unreported = this.#unreportedBytes = 0
  }

  #terminate(): void {
    this.#closed = true
    this.#line.end()
    this.owner.pipeTerminated(this)
  }
}

/**
 * Copies a frame to its own memory, so that it can be transferred. If the application has transferred its memory, the
 * copy is empty.
 */
function copyOf(frame: Uint8Array): Uint8Array {
  return frame.length === 0 ? new Uint8Array(0) : new Uint8Array(frame)
}

function limitsOf(options: PipeEndOptions): PipeLimits {
  const { sendMark, receiveMark, sendBytes, receiveBytes, conflatesSent, conflatesReceived } = options
  return { sendMark, receiveMark, sendBytes, receiveBytes, conflatesSent, conflatesReceived }
}

const MAX_UNREPORTED = 64
