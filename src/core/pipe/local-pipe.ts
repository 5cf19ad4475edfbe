import { retain, type Multipart } from "../../zmtp/bytes.js"
import { costOf } from "../../zmtp/cost.js"
import type { Peer } from "../../zmtp/peer.js"
import { Ring } from "../ring.js"
import type { PipeOwner } from "./pipe.js"
import { capacityOf, type PipeEndOptions } from "./pipe-limits.js"
import type { SessionPipe, Sink } from "./session-pipe.js"

/** A pipe with both ends in this thread. Each end holds the queue of messages that it receives. */
export class LocalPipe implements SessionPipe {
  peer: Peer | undefined
  destination: object = this
  sink: Sink | undefined
  expelled: Error | undefined

  #other!: LocalPipe
  readonly #inbound = new Ring<Multipart>()
  /** Maximum number of messages in `#inbound`. */
  #capacity = 0
  /** Memory of the messages in `#inbound`, in bytes; counted only if there is a limit. */
  #bytes = 0
  /**
   * Memory of each message in `#inbound`, if it is counted and cannot be computed again: the sending application may
   * change the message, or the message keeps additional memory alive.
   */
  #costs: Ring<number> | undefined
  /** `#inbound` is full when it has this many bytes. */
  #byteCapacity = Infinity
  #sendMark: number | undefined
  #receiveMark: number | undefined
  #sendBytes: number | undefined
  #receiveBytes: number | undefined
  #copies: boolean
  #conflatesSent: boolean
  #conflatesReceived: boolean
  /** Whether `#inbound` keeps only the newest message. */
  #conflates = false
  /** `ended`: the other end is closed and sends nothing more. `closed`: this end is closed. */
  #state: "open" | "ended" | "closed" = "open"
  /** Whether `receive` returned `undefined`, so the next message is announced by `readActivated`. */
  #idle = true
  /** Whether `send` or `requestRoom` returned false, so room is announced by `writeActivated`. */
  #blocked = false
  /** Whether a message is being passed to the owner. */
  #taking = false

  private constructor(
    public owner: PipeOwner,
    options: PipeEndOptions,
  ) {
    this.#sendMark = options.sendMark
    this.#receiveMark = options.receiveMark
    this.#sendBytes = options.sendBytes
    this.#receiveBytes = options.receiveBytes
    this.#copies = options.copies ?? false
    this.#conflatesSent = options.conflatesSent ?? false
    this.#conflatesReceived = options.conflatesReceived ?? false
  }

  /** Creates a pipe and returns both ends. */
  static pair(
    nearOwner: PipeOwner,
    near: PipeEndOptions,
    farOwner: PipeOwner,
    far: PipeEndOptions = {},
  ): [near: LocalPipe, far: LocalPipe] {
    const nearEnd = new LocalPipe(nearOwner, near)
    const farEnd = new LocalPipe(farOwner, far)
    nearEnd.#other = farEnd
    farEnd.#other = nearEnd
    nearEnd.#updateCapacities()
    return [nearEnd, farEnd]
  }

  transferTo(owner: PipeOwner, options: PipeEndOptions): void {
    this.owner = owner
    this.#copies = options.copies ?? false
    this.#conflatesSent = options.conflatesSent ?? false
    this.#conflatesReceived = options.conflatesReceived ?? false
    this.setMarks(options.sendMark, options.receiveMark, options.sendBytes, options.receiveBytes)
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
    this.#sendMark = sendMark
    this.#receiveMark = receiveMark
    this.#sendBytes = sendBytes
    this.#receiveBytes = receiveBytes
    this.#updateCapacities()
    this.#unblock()
    this.#other.#unblock()
  }

  get writable(): boolean {
    return this.#state === "open" && !this.#blocked && (this.#other.#hasRoom || this.#other.#conflates)
  }

  requestRoom(): boolean {
    const other = this.#other
    if (this.#state !== "open" || this.#blocked) return false
    if (other.#hasRoom || other.#conflates) return true
    this.#blocked = true
    return false
  }

  get readable(): boolean {
    return this.#inbound.length > 0
  }

  get queued(): number {
    return this.#inbound.length
  }

  /** Memory of the messages queued at this end, in bytes; 0 if there is no limit in bytes. */
  get queuedBytes(): number {
    return this.#bytes
  }

  get inFlight(): number {
    return this.#other.#inbound.length
  }

  get severed(): boolean {
    return this.#state !== "open"
  }

  get finished(): boolean {
    return this.#state === "closed" || (this.#state === "ended" && this.#inbound.length === 0)
  }

  send(message: Multipart): boolean {
    if (this.#state !== "open" || this.#blocked) return false
    const other = this.#other
    if (other.sink !== undefined && other.#inbound.length === 0 && other.sink.accept(message)) return true
    if (other.#conflates) other.#clear()
    else if (!other.#hasRoom) {
      this.#blocked = true
      return false
    }
    this.#enqueue(message)
    return true
  }

  sendPastMark(message: Multipart): void {
    if (this.#state !== "open") return
    const other = this.#other
    if (other.sink !== undefined && other.#inbound.length === 0 && other.sink.accept(message)) return
    this.#enqueue(message)
  }

  chargeSent(bytes: number): void {
    const other = this.#other
    const queue = other.#inbound
    if (other.#byteCapacity === Infinity || queue.length === 0) return
    other.#costs ??= costsOf(queue)
    other.#costs.updateLast((cost) => cost + bytes)
    other.#bytes += bytes
  }

  discardSent(lost?: (message: Multipart) => void): void {
    this.#other.#clear(lost)
    this.#unblock()
  }

  receive(): Multipart | undefined {
    const message = this.#inbound.shift()
    if (message === undefined) {
      this.#idle = true
      if (this.#state === "ended") this.#terminate()
      return undefined
    }
    if (this.#byteCapacity !== Infinity) {
      this.#bytes -= this.#costs === undefined ? costOf(message) : this.#costs.shift()!
    }
    if (this.#other.#blocked) {
      // If the other end closes now, this end must deliver the message first; the next `receive` ends it.
      this.#taking = true
      this.#other.#unblock()
      this.#taking = false
    }
    return message
  }

  announcePeer(peer: Peer): void {
    this.#other.peer = peer
    if (this.#other.#state !== "closed") this.#other.owner.peerReady(this.#other)
  }

  withdrawPeer(): void {
    this.#other.peer = undefined
  }

  close(): void {
    if (this.#state === "closed") return
    this.#state = "closed"
    const other = this.#other
    const ended = other.#state === "closed"
    if (!ended) other.#state = "ended"
    this.#leaveUnread()
    if (ended) return
    if (other.#inbound.length === 0 && !other.#taking) other.#terminate()
    else other.#unblock()
  }

  evict(reason: Error): void {
    this.#other.expelled = reason
    this.#other.#leaveUnread()
    this.close()
  }

  /** Drops messages queued at this end, and reports them to the owner of the sending end. */
  #leaveUnread(): void {
    const sender = this.#other
    if (sender.owner.undelivered !== undefined) {
      for (let next = this.#inbound.shift(); next; next = this.#inbound.shift()) sender.owner.undelivered(sender, next)
    }
    this.#clear()
  }

  /** Whether `#inbound` has room for another message. */
  get #hasRoom(): boolean {
    return this.#inbound.length < this.#capacity && this.#bytes < this.#byteCapacity
  }

  #clear(lost?: (message: Multipart) => void): void {
    if (lost !== undefined) for (let next = this.#inbound.shift(); next; next = this.#inbound.shift()) lost(next)
    this.#inbound.clear()
    this.#costs?.clear()
    this.#bytes = 0
  }

  #enqueue(message: Multipart): void {
    const other = this.#other
    if (other.#byteCapacity !== Infinity) other.#count(costOf(message))
    other.#inbound.push(this.#copies ? retain(message) : message)
    if (!other.#idle) return
    other.#idle = false
    other.owner.readActivated(other)
  }

  #terminate(): void {
    this.#state = "closed"
    this.owner.pipeTerminated(this)
  }

  /** Wakes a waiting owner when at least half of the other end's capacity is free, or when the other end closes. */
  #unblock(): void {
    if (!this.#blocked || this.#state === "closed") return
    const other = this.#other
    if (other.#inbound.length > other.#capacity / 2 || other.#bytes > other.#byteCapacity / 2) return
    this.#blocked = false
    this.owner.writeActivated(this)
  }

  #updateCapacities(): void {
    const other = this.#other
    this.#capacity = capacityOf(other.#sendMark, this.#receiveMark)
    other.#capacity = capacityOf(this.#sendMark, other.#receiveMark)
    this.#limitBytes(capacityOf(other.#sendBytes, this.#receiveBytes))
    other.#limitBytes(capacityOf(this.#sendBytes, other.#receiveBytes))
    this.#conflates = other.#conflatesSent || this.#conflatesReceived
    other.#conflates = this.#conflatesSent || other.#conflatesReceived
  }

  /** Starts or stops counting bytes. Queued messages are counted by their current size. */
  #limitBytes(capacity: number): void {
    const limited = capacity > 0 && capacity < Infinity
    const counted = this.#byteCapacity !== Infinity
    const keepsCosts = limited && this.#other.#copies
    this.#byteCapacity = limited ? capacity : Infinity
    if (limited && counted && (!keepsCosts || this.#costs !== undefined)) return
    this.#bytes = 0
    this.#costs = undefined
    if (!limited) return
    const costs = costsOf(this.#inbound)
    costs.forEach((cost) => {
      this.#bytes += cost
    })
    if (keepsCosts) this.#costs = costs
  }

  #count(cost: number): void {
    this.#bytes += cost
    this.#costs?.push(cost)
  }
}

function costsOf(messages: Ring<Multipart>): Ring<number> {
  const costs = new Ring<number>()
  messages.forEach((message) => {
    costs.push(costOf(message))
  })
  return costs
}
