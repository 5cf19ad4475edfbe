import { retain, sizeOf, type Message } from "../zmtp/bytes.js"
import type { Peer } from "../zmtp/peer.js"
import { Ring } from "./ring.js"

/** Holds one end of a pipe and is told what happens at it. */
export interface PipeOwner {
  /** The peer beyond the pipe is there, for the first time or again; `pipe.peer` is known. */
  peerReady(pipe: Pipe): void
  /** There is a message after `receive` had found none. */
  readActivated(pipe: Pipe): void
  /** There is room after `send` had found none, or there never will be: the pipe is severed. */
  writeActivated(pipe: Pipe): void
  /** The other end is closed and everything it sent was received. Not told to the end that closed. */
  pipeTerminated(pipe: Pipe): void
}

/** Takes messages without queueing them. */
export interface Sink {
  /** False when the message has to wait in the pipe. */
  accept(message: Message): boolean
}

export interface PipeEndOptions {
  /** High-water mark for what this end sends: 0 means no limit, `undefined` that this end sets none. */
  readonly sendMark?: number | undefined
  /** High-water mark for what this end receives, likewise. */
  readonly receiveMark?: number | undefined
  /** Most bytes of what this end sends that may wait, likewise. */
  readonly sendBytes?: number | undefined
  /** Most bytes of what this end receives that may wait, likewise. */
  readonly receiveBytes?: number | undefined
  /** What this end sends comes from an application, which may reuse its memory: small frames are copied. */
  readonly copies?: boolean
  /** Of what this end sends only the newest message not received yet is kept (ZMQ_CONFLATE). */
  readonly conflatesSent?: boolean | undefined
  /** The same of what this end receives. */
  readonly conflatesReceived?: boolean | undefined
}

/**
 * One end of a two-way queue of messages between a socket and a peer. The high-water marks live here and nowhere
 * else: a direction holds the sum of its sender's send mark and its receiver's receive mark, counted in messages. Marks
 * in bytes add up likewise; a direction below them takes one more message, however large, so that any message can pass.
 * A full direction takes messages again once half of it was received, so that the sender goes on with a batch.
 */
export class Pipe {
  peer: Peer | undefined
  /** Set by an owner that can pass on at once what the other end sends. */
  sink: Sink | undefined
  /** Why the other end has turned away whoever is at this one, if it has. */
  expelled: Error | undefined

  #other!: Pipe
  readonly #inbound = new Ring<Message>()
  /** Most messages `#inbound` may hold. */
  #capacity = 0
  /** Bytes in `#inbound`, counted only where there is a limit. */
  #bytes = 0
  /** Of each message in `#inbound`, where bytes are counted and the sender's application could change them meanwhile. */
  #sizes: Ring<number> | undefined
  /** Once `#inbound` has this many bytes it takes no more. */
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
  /** The owner has found nothing and waits for `readActivated`. */
  #idle = true
  /** The owner has found no room and waits for `writeActivated`. */
  #blocked = false
  /** A message is on its way to the owner. */
  #taking = false
  /** This end is closed: nothing goes in or out. */
  #closed = false
  /** The other end is closed: nothing more comes in. */
  #ended = false

  protected constructor(
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

  /** Both ends of a new pipe. */
  static pair(
    nearOwner: PipeOwner,
    near: PipeEndOptions,
    farOwner: PipeOwner,
    far: PipeEndOptions = {},
  ): [near: Pipe, far: Pipe] {
    const ends: [Pipe, Pipe] = [new this(nearOwner, near), new this(farOwner, far)]
    ends[0].#other = ends[1]
    ends[1].#other = ends[0]
    ends[0].#measure()
    return ends
  }

  /** Gives this end to another owner, who learns of messages that wait by `activate`. */
  adopt(owner: PipeOwner, options: PipeEndOptions): void {
    this.owner = owner
    this.#copies = options.copies ?? false
    this.#conflatesSent = options.conflatesSent ?? false
    this.#conflatesReceived = options.conflatesReceived ?? false
    this.setMarks(options.sendMark, options.receiveMark, options.sendBytes, options.receiveBytes)
  }

  /** Tells the owner of messages that came before it was there to see them. */
  activate(): void {
    if (this.#inbound.length > 0) this.owner.readActivated(this)
  }

  /** Changes this end's high-water marks; what is queued stays queued. */
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
    this.#measure()
    this.#unblock()
    this.#other.#unblock()
  }

  /** Whether `send` would take a message. */
  get writable(): boolean {
    const other = this.#other
    if (this.#closed || this.#ended || this.#blocked) return false
    if (other.#hasRoom || other.#conflates) return true
    this.#blocked = true
    return false
  }

  get readable(): boolean {
    return this.#inbound.length > 0
  }

  /** Messages waiting to be received at this end. */
  get queued(): number {
    return this.#inbound.length
  }

  /** Messages sent from this end that wait to be received. */
  get unsent(): number {
    return this.#other.#inbound.length
  }

  /** Either end is closed: nothing more can be sent. */
  get severed(): boolean {
    return this.#closed || this.#ended
  }

  /** This end is closed, or the other is and nothing is left to receive. */
  get finished(): boolean {
    return this.#closed || (this.#ended && this.#inbound.length === 0)
  }

  /** Hands `message` over, or returns false when there is no room or nobody to receive it. */
  send(message: Message): boolean {
    if (this.#closed || this.#ended || this.#blocked) return false
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

  /** Like `send`, whatever the high-water mark says: for what is bounded in another way, such as subscriptions. */
  sendPastMark(message: Message): void {
    if (this.#closed || this.#ended) return
    const other = this.#other
    if (other.sink !== undefined && other.#inbound.length === 0 && other.sink.accept(message)) return
    this.#enqueue(message)
  }

  /** Takes back everything sent and not yet received. */
  discardSent(): void {
    this.#other.#clear()
    this.#unblock()
  }

  /** The next message, or `undefined` when there is none. */
  receive(): Message | undefined {
    const message = this.#inbound.shift()
    if (message === undefined) {
      this.#idle = true
      if (this.#ended && !this.#closed) this.#terminate()
      return undefined
    }
    if (this.#byteCapacity !== Infinity)
      this.#bytes -= this.#sizes === undefined ? sizeOf(message) : this.#sizes.shift()!
    if (this.#other.#blocked) {
      // The other end may end both now, but not before the owner has the message: the next `receive` tells.
      this.#taking = true
      this.#other.#unblock()
      this.#taking = false
    }
    return message
  }

  /** The peer beyond this end is there: the other end's owner learns of it. */
  announcePeer(peer: Peer): void {
    this.#other.peer = peer
    if (!this.#other.#closed) this.#other.owner.peerReady(this.#other)
  }

  /** The peer beyond this end is gone, and may come back. */
  withdrawPeer(): void {
    this.#other.peer = undefined
  }

  /**
   * Ends this end: what it has not received is dropped, what it has sent can still be received by the other end,
   * whose owner is told once that has happened.
   */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#clear()
    const other = this.#other
    if (other.#closed) return
    other.#ended = true
    if (other.#inbound.length === 0 && !other.#taking) other.#terminate()
    else other.#unblock()
  }

  /** Like `close`, because of what the peer has done: it receives nothing more, and its owner learns why. */
  evict(reason: Error): void {
    this.#other.expelled = reason
    this.discardSent()
    this.close()
  }

  /** Whether `#inbound` takes another message. */
  get #hasRoom(): boolean {
    return this.#inbound.length < this.#capacity && this.#bytes < this.#byteCapacity
  }

  #clear(): void {
    this.#inbound.clear()
    this.#sizes?.clear()
    this.#bytes = 0
  }

  #enqueue(message: Message): void {
    const other = this.#other
    if (other.#byteCapacity !== Infinity) other.#count(sizeOf(message))
    other.#inbound.push(this.#copies ? retain(message) : message)
    if (!other.#idle) return
    other.#idle = false
    other.owner.readActivated(other)
  }

  #terminate(): void {
    this.#closed = true
    this.owner.pipeTerminated(this)
  }

  /** Lets the owner send again if it waits and at least half of what the other end may hold is free: all when that closes. */
  #unblock(): void {
    if (!this.#blocked || this.#closed) return
    const other = this.#other
    if (other.#inbound.length > other.#capacity / 2 || other.#bytes > other.#byteCapacity / 2) return
    this.#blocked = false
    this.owner.writeActivated(this)
  }

  #measure(): void {
    const other = this.#other
    this.#capacity = capacityOf(other.#sendMark, this.#receiveMark)
    other.#capacity = capacityOf(this.#sendMark, other.#receiveMark)
    this.#limitBytes(capacityOf(other.#sendBytes, this.#receiveBytes))
    other.#limitBytes(capacityOf(this.#sendBytes, other.#receiveBytes))
    this.#conflates = other.#conflatesSent || this.#conflatesReceived
    other.#conflates = this.#conflatesSent || other.#conflatesReceived
  }

  /** What waits already was not counted as long as there was no limit. */
  #limitBytes(capacity: number): void {
    const limited = capacity > 0 && capacity < Infinity
    const counted = this.#byteCapacity !== Infinity
    const keepsSizes = limited && this.#other.#copies
    this.#byteCapacity = limited ? capacity : Infinity
    if (limited && counted && keepsSizes === (this.#sizes !== undefined)) return
    this.#bytes = 0
    this.#sizes = keepsSizes ? new Ring() : undefined
    if (!limited) return
    this.#inbound.forEach((message) => {
      this.#count(sizeOf(message))
    })
  }

  #count(size: number): void {
    this.#bytes += size
    this.#sizes?.push(size)
  }
}

/** What both marks come to: 0 means no limit, `undefined` that there is none to add. */
export function capacityOf(sendMark: number | undefined, receiveMark: number | undefined): number {
  if (sendMark === 0 || receiveMark === 0) return Infinity
  return (sendMark ?? 0) + (receiveMark ?? 0)
}
