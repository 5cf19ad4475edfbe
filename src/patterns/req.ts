import type { Pipe } from "../core/pipe/pipe.js"
import type { RequestTracker } from "../core/pipe/request-tracker.js"
import { allocate, EMPTY, type Frame, type Multipart } from "../zmtp/bytes.js"
import { FairQueue } from "./strategies/fair-queue.js"
import { LoadBalancer } from "./strategies/load-balancer.js"
import { probe, type ProbeOptions } from "./probe.js"
import type { Pattern, PatternHost, Refusal } from "./pattern.js"

export interface ReqOptions extends ProbeOptions {
  /** Prepends an id to each request, which its reply must repeat (ZMQ_REQ_CORRELATE). */
  readonly correlate: boolean
  /** Allows sending a request before the reply to the previous one; that reply is then dropped (ZMQ_REQ_RELAXED). */
  readonly relaxed: boolean
}

/** REQ: sends a request, then receives its reply, in strict alternation (RFC 28). */
export class ReqPattern implements Pattern, RequestTracker {
  readonly #balancer = new LoadBalancer()
  readonly #queue = new FairQueue()
  #waiting = false
  /** The pipe that the request was sent to; `undefined` once its peer has left. */
  sentTo: Pipe | undefined

  /** Id of the current request. It is little-endian, as libzmq encodes it on common machines. */
  #requestId = Math.floor(Math.random() * 0x1_0000_0000)

  constructor(
    private readonly host: PatternHost,
    private readonly options: ReqOptions,
  ) {}

  get writable(): boolean {
    return this.#canSendRequest && this.#balancer.writable
  }

  requestRoom(): boolean {
    return this.#canSendRequest && this.#balancer.requestRoom()
  }

  get #canSendRequest(): boolean {
    return !this.#waiting || this.options.relaxed
  }

  get readable(): boolean {
    return this.#waiting && this.#queue.readable
  }

  attach(pipe: Pipe): void {
    probe(pipe, this.options)
    this.writeActivated(pipe)
  }

  send(message: Multipart): boolean {
    const { correlate, relaxed } = this.options
    if (this.#waiting && !relaxed) return false
    // Messages received so far cannot be replies to this request.
    for (let late = this.#queue.receive(); late !== undefined; late = this.#queue.receive()) this.host.dropped(late)
    const waiting = this.#waiting
    const sentToBefore = this.sentTo
    const idBefore = this.#requestId
    const id = (idBefore + 1) >>> 0
    // Over inproc, the reply can arrive before `send` returns.
    this.#waiting = true
    this.#requestId = id
    const request = correlate ? [encodeId(id), EMPTY, ...message] : [EMPTY, ...message]
    if (this.#balancer.send(request, this) !== undefined) return true
    this.#waiting = waiting
    this.sentTo = sentToBefore
    this.#requestId = idBefore
    return false
  }

  /**
   * Receives the reply. Drops replies from other peers, replies to other requests, and those without an empty frame
   * before the body.
   */
  receive(): Multipart | undefined {
    if (!this.#waiting) return undefined
    for (let reply = this.#queue.receive(); reply !== undefined; reply = this.#queue.receive()) {
      if (!this.#isExpected(reply)) {
        this.host.dropped(reply)
        continue
      }
      this.#waiting = false
      this.host.sendable()
      return reply
    }
    return undefined
  }

  /** Removes the envelope if this is the expected reply. */
  #isExpected(reply: Multipart): boolean {
    if (this.sentTo !== undefined && this.#queue.last !== this.sentTo) return false
    if (this.options.correlate && !isId(reply.shift()!, this.#requestId)) return false
    if (reply.length < 2 || reply[0]!.length > 0) return false
    reply.shift()
    return true
  }

  sendRefusal(): Refusal {
    return this.#waiting && !this.options.relaxed ? "EFSM" : "EAGAIN"
  }

  receiveRefusal(): Refusal {
    return this.#waiting ? "EAGAIN" : "EFSM"
  }

  readActivated(pipe: Pipe): void {
    if (!this.#waiting) {
      // No request is open. Drop late replies, so that they are not mistaken for the reply to the next request.
      for (let late = pipe.receive(); late !== undefined; late = pipe.receive()) this.host.dropped(late)
      return
    }
    this.#queue.add(pipe)
    this.host.receivable()
  }

  peerReady(pipe: Pipe): void {
    if (this.#balancer.resume(pipe)) this.host.sendable()
  }

  peerFailed(pipe: Pipe): void {
    this.#balancer.suspend(pipe)
  }

  writeActivated(pipe: Pipe): void {
    this.#balancer.add(pipe)
    this.host.sendable()
  }

  pipeTerminated(pipe: Pipe): void {
    this.#balancer.remove(pipe)
    this.#queue.remove(pipe)
    if (this.sentTo === pipe) this.sentTo = undefined
  }
}

function encodeId(id: number): Frame {
  const frame = allocate(4)
  frame[0] = id
  frame[1] = id >>> 8
  frame[2] = id >>> 16
  frame[3] = id >>> 24
  return frame
}

function isId(frame: Frame, id: number): boolean {
  return frame.length === 4 && frame.every((byte, index) => byte === ((id >>> (8 * index)) & 0xff))
}
