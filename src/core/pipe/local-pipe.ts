import type { Multipart } from "../../zmtp/bytes.js"
import type { Peer } from "../../zmtp/peer.js"
import { LocalQueue, type LocalEnd } from "./local-queue.js"
import type { PipeOwner } from "./pipe.js"
import type { PipeEndOptions } from "./pipe-limits.js"
import type { SessionPipe, Sink } from "./session-pipe.js"

/** A pipe with both ends in this thread. The ends share two queues: each writes one, and reads the other. */
export class LocalPipe implements SessionPipe, LocalEnd {
  peer: Peer | undefined
  destination: object = this
  sink: Sink | undefined
  expelled: Error | undefined
  readonly #inbound: LocalQueue
  readonly #outbound: LocalQueue
  #options: PipeEndOptions

  private constructor(
    public owner: PipeOwner,
    options: PipeEndOptions,
    inbound: LocalQueue,
    outbound: LocalQueue,
  ) {
    this.#inbound = inbound
    this.#outbound = outbound
    this.#options = options
    inbound.reader = outbound.writer = this
    inbound.limitReader(options)
    outbound.limitWriter(options)
  }

  /** Creates a pipe and returns both ends. */
  static pair(
    nearOwner: PipeOwner,
    near: PipeEndOptions,
    farOwner: PipeOwner,
    far: PipeEndOptions = {},
  ): [near: LocalPipe, far: LocalPipe] {
    const [toNear, toFar] = [new LocalQueue(), new LocalQueue()]
    return [new LocalPipe(nearOwner, near, toNear, toFar), new LocalPipe(farOwner, far, toFar, toNear)]
  }

  transferTo(owner: PipeOwner, options: PipeEndOptions): void {
    this.owner = owner
    this.#limit(options)
  }

  activate(): void {
    if (this.#inbound.length > 0) this.owner.readActivated(this)
  }

  setMarks(
    sendMark: number | undefined,
    receiveMark: number | undefined,
    sendBytes?: number,
    receiveBytes?: number,
  ): void {
    this.#limit({ ...this.#options, sendMark, receiveMark, sendBytes, receiveBytes })
  }

  #limit(options: PipeEndOptions): void {
    this.#options = options
    this.#inbound.limitReader(options)
    this.#outbound.limitWriter(options)
    this.#outbound.unblock()
    this.#inbound.unblock()
  }

  get writable(): boolean {
    return this.#outbound.writable
  }

  requestRoom(): boolean {
    return this.#outbound.requestRoom()
  }

  get readable(): boolean {
    return this.#inbound.length > 0
  }

  get queued(): number {
    return this.#inbound.length
  }

  /** Memory of the messages queued at this end, in bytes; 0 if there is no limit in bytes. */
  get queuedBytes(): number {
    return this.#inbound.bytes
  }

  get inFlight(): number {
    return this.#outbound.length
  }

  get severed(): boolean {
    return !this.#inbound.open
  }

  get finished(): boolean {
    return this.#inbound.abandoned || (this.#inbound.ended && this.#inbound.length === 0)
  }

  send(message: Multipart): boolean {
    return this.#outbound.send(message)
  }

  sendPastMark(message: Multipart): void {
    this.#outbound.sendPastMark(message)
  }

  chargeSent(bytes: number): void {
    this.#outbound.charge(bytes)
  }

  discardSent(lost?: (message: Multipart) => void): void {
    this.#outbound.clear(lost)
    this.#outbound.unblock()
  }

  receive(): Multipart | undefined {
    const message = this.#inbound.receive()
    if (message === undefined && this.#inbound.ended) terminate(this.#inbound, this.#outbound)
    return message
  }

  announcePeer(peer: Peer): void {
    const { reader } = this.#outbound
    reader.peer = peer
    if (!this.#outbound.abandoned) reader.owner.peerReady(reader)
  }

  withdrawPeer(): void {
    this.#outbound.reader.peer = undefined
  }

  close(): void {
    const [inbound, outbound] = [this.#inbound, this.#outbound]
    if (inbound.abandoned) return
    closeEnd(inbound, outbound)
    inbound.returnUnread()
    if (outbound.abandoned) return
    if (outbound.length === 0 && !outbound.taking) terminate(outbound, inbound)
    else inbound.unblock()
  }

  evict(reason: Error): void {
    this.#outbound.reader.expelled = reason
    this.#outbound.returnUnread()
    this.close()
  }
}

/** Closes the end that reads `inbound` and writes `outbound`. */
function closeEnd(inbound: LocalQueue, outbound: LocalQueue): void {
  inbound.abandon()
  outbound.end()
}

/** Closes that end after the other one was closed, because it has received everything, and notifies its owner. */
function terminate(inbound: LocalQueue, outbound: LocalQueue): void {
  closeEnd(inbound, outbound)
  inbound.reader.owner.pipeTerminated(inbound.reader)
}
