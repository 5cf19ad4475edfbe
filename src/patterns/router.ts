import type { Pipe } from "../core/pipe/pipe.js"
import { zmqError } from "../core/errors.js"
import { allocate, binaryKey, copy, ownCopy, type Frame, type Multipart } from "../zmtp/bytes.js"
import type { ProtocolError } from "../zmtp/protocol-error.js"
import { GENERATED_SIZE, isReserved, routingIdRejection, takenId } from "../zmtp/routing-id.js"
import { FairQueue } from "./strategies/fair-queue.js"
import { probe, type ProbeOptions } from "./probe.js"
import type { Pattern, PatternHost, Refusal } from "./pattern.js"

export interface RouterOptions extends ProbeOptions {
  /**
   * Sending to an unknown peer fails if another peer has room, and waits if none has. Sending to a known peer whose pipe
   * is full also waits (ZMQ_ROUTER_MANDATORY).
   */
  readonly mandatory: boolean
  /** A new peer takes over a routing id that is in use (ZMQ_ROUTER_HANDOVER). */
  readonly handover: boolean
}

/**
 * ROUTER: the first frame of each message is the routing id of the peer that it is sent to or received from (RFC 28).
 */
export class RouterPattern implements Pattern {
  readonly #queue = new FairQueue()
  /** The pipe of each routing id, by its key (`keyOf`). */
  readonly #routes = new Map<string | number, Pipe>()
  /** The routing id of each pipe, once it is known. Until then, the pipe is not in the queue. */
  readonly #ids = new Map<Pipe, Frame>()
  /** Pipes to which the application has assigned a routing id. */
  readonly #assigned = new Set<Pipe>()
  /**
   * Queued messages from peers that have reconnected with another routing id: the old id, and how many messages have
   * it.
   */
  readonly #former = new Map<Pipe, { readonly id: Frame; left: number }[]>()
  /** The number in the next generated routing id. */
  #nextId = Math.floor(Math.random() * 0x1_0000_0000)

  constructor(
    private readonly host: PatternHost,
    private readonly options: RouterOptions,
  ) {}

  get writable(): boolean {
    if (!this.options.mandatory) return true
    for (const pipe of this.#routes.values()) if (pipe.writable) return true
    return false
  }

  requestRoom(): boolean {
    return !this.options.mandatory || this.#requestAnyRoom()
  }

  get readable(): boolean {
    return this.#queue.readable
  }

  attach(pipe: Pipe, routingId?: Uint8Array): void {
    probe(pipe, this.options)
    if (routingId === undefined) return
    if (this.#isTaken(routingId)) {
      const refusal = zmqError("EINVAL", { message: takenId(routingId) })
      this.host.detach(pipe, refusal)
      throw refusal
    }
    this.#assigned.add(pipe)
    this.#setId(pipe, routingId)
  }

  send(message: Multipart): boolean {
    // As in libzmq, a routing id without a body is accepted and dropped.
    if (message.length < 2) return this.#drop(message)
    const pipe = this.#routes.get(keyOf(message[0]!))
    const { mandatory } = this.options
    if (pipe === undefined || pipe.severed) {
      if (!mandatory) return this.#drop(message)
      // While every peer is full, the unknown peer may still connect. libzmq also waits in this case.
      if (this.#requestAnyRoom()) throw zmqError("EHOSTUNREACH")
      return false
    }
    return pipe.send(message.slice(1)) || (!mandatory && this.#drop(message))
  }

  /** The pipe to the peer with `routingId`. */
  route(routingId: Uint8Array): Pipe | undefined {
    return this.#routes.get(keyOf(routingId))
  }

  receive(): Multipart | undefined {
    for (let message = this.#queue.receive(); message !== undefined; message = this.#queue.receive()) {
      const pipe = this.#queue.last!
      const id = this.#former.size === 0 ? this.#ids.get(pipe) : this.#senderOf(pipe)
      if (id !== undefined) {
        message.unshift(copy(id))
        return message
      }
      // Receiving made room, and application code that ran as a result has ended the pipe.
      this.host.dropped(message)
    }
    return undefined
  }

  sendRefusal(message: Multipart): Refusal {
    return this.#isTaken(message[0]!) ? "EAGAIN" : "EHOSTUNREACH"
  }

  rejectionOf(routingId: Frame): ProtocolError | undefined {
    return routingIdRejection(routingId, () => !this.options.handover && this.#isTaken(routingId))
  }

  // Events of its pipes

  /** A peer may have another routing id after it reconnects, for example because its process was restarted. */
  peerReady(pipe: Pipe): void {
    const { routingId } = pipe.peer!
    const known = this.#ids.get(pipe)
    if (known === undefined || this.#hasChanged(pipe, known, routingId)) {
      const reason = this.rejectionOf(routingId)
      if (reason !== undefined) {
        this.host.detach(pipe, reason)
        return
      }
      if (known !== undefined) this.#releaseId(pipe, known)
      this.#identify(pipe, routingId)
    }
    this.host.sendable()
    if (pipe.readable) this.readActivated(pipe)
  }

  /** Over inproc, messages may arrive before the peer's routing id is known. They stay queued until then. */
  readActivated(pipe: Pipe): void {
    if (!this.#ids.has(pipe)) return
    this.#queue.add(pipe)
    this.host.receivable()
  }

  writeActivated(): void {
    this.host.sendable()
  }

  pipeTerminated(pipe: Pipe): void {
    this.#queue.remove(pipe)
    const id = this.#ids.get(pipe)
    if (id === undefined) return
    this.#ids.delete(pipe)
    this.#assigned.delete(pipe)
    this.#former.delete(pipe)
    const key = keyOf(id)
    if (this.#routes.get(key) === pipe) this.#routes.delete(key)
    // Wake senders that wait for this peer: they fail with EHOSTUNREACH if another peer has room.
    if (this.options.mandatory) this.host.sendable()
  }

  /** Counts the message as dropped. For the caller, it was sent. */
  #drop(message: Multipart): true {
    this.host.dropped(message)
    return true
  }

  #requestAnyRoom(): boolean {
    for (const pipe of this.#routes.values()) if (pipe.requestRoom()) return true
    return false
  }

  // Routing ids

  /** Whether a peer has this routing id. That of a peer that has left is free, even if messages from it are queued. */
  #isTaken(routingId: Uint8Array): boolean {
    return this.#routes.get(keyOf(routingId))?.severed === false
  }

  /** Assigns to `pipe` the routing id of its peer, which has been checked, or a generated one. */
  #identify(pipe: Pipe, routingId: Frame): void {
    if (routingId.length === 0) {
      this.#setId(pipe, this.#generate())
      return
    }
    const holder = this.#routes.get(keyOf(routingId))
    // With handover, messages from a peer that has left can still be received.
    if (holder?.severed === false) this.#displace(holder)
    this.#setId(pipe, routingId)
  }

  /** Disconnects a peer, because another one takes over its routing id. Its unread messages are dropped. */
  #displace(pipe: Pipe): void {
    for (let unread = pipe.receive(); unread !== undefined; unread = pipe.receive()) this.host.dropped(unread)
    this.host.detach(pipe)
  }

  /** Whether the peer with the id `known` has reconnected with a different id. */
  #hasChanged(pipe: Pipe, known: Frame, routingId: Frame): boolean {
    if (this.#assigned.has(pipe)) return false
    return routingId.length === 0 ? !isReserved(known) : keyOf(routingId) !== keyOf(known)
  }

  /**
   * Frees the id of `pipe`. Messages queued for the old peer are not sent to the new one; messages received from the
   * old peer keep its id.
   */
  #releaseId(pipe: Pipe, id: Frame): void {
    this.#routes.delete(keyOf(id))
    pipe.discardSent((message) => {
      this.host.dropped(message)
    })
    const formers = this.#former.get(pipe) ?? []
    const left = formers.reduce((rest, former) => rest - former.left, pipe.queued)
    if (left > 0) this.#former.set(pipe, [...formers, { id, left }])
  }

  /** The routing id of the message that was just received from `pipe`. */
  #senderOf(pipe: Pipe): Frame | undefined {
    const formers = this.#former.get(pipe)
    if (formers === undefined) return this.#ids.get(pipe)
    const { id, left } = formers[0]!
    if (left > 1) formers[0]!.left--
    else if (formers.length > 1) formers.shift()
    else this.#former.delete(pipe)
    return id
  }

  #setId(pipe: Pipe, routingId: Frame): void {
    this.#ids.set(pipe, ownCopy(routingId))
    this.#routes.set(keyOf(routingId), pipe)
  }

  /**
   * Generates a zero byte followed by a number. Peers must not choose ids that start with zero (RFC 37, "The Identity
   * Property").
   */
  #generate(): Frame {
    const id = allocate(GENERATED_SIZE)
    do {
      const number = this.#nextId
      this.#nextId = (number + 1) >>> 0
      id[0] = 0
      id[1] = number >>> 24
      id[2] = number >>> 16
      id[3] = number >>> 8
      id[4] = number
    } while (this.#routes.has(keyOf(id)))
    return id
  }
}

/** The key of a peer in maps. For generated ids it is a number, which is faster. */
function keyOf(id: Frame): string | number {
  if (!isReserved(id)) return binaryKey(id)
  return (id[1]! << 24) | (id[2]! << 16) | (id[3]! << 8) | id[4]!
}
