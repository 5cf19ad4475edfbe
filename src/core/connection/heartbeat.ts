import type { Engine } from "../../zmtp/engine.js"
import type { Timer } from "../runtime/clock.js"
import type { Runtime } from "../runtime/runtime.js"
import { deadline } from "../runtime/deadline.js"
import type { ByteStream } from "./byte-stream.js"

export interface HeartbeatOptions {
  /** Time between PINGs, in ms; 0 disables them (ZMQ_HEARTBEAT_IVL). */
  readonly heartbeatInterval: number
  /**
   * Maximum time without data from the peer after a PING, in ms; -1 means the interval, 0 means no limit
   * (ZMQ_HEARTBEAT_TIMEOUT).
   */
  readonly heartbeatTimeout: number
  /**
   * Maximum time that the peer should wait for our data, in ms, sent in each PING as at most 65,500; 0 sends none
   * (ZMQ_HEARTBEAT_TTL).
   */
  readonly heartbeatTimeToLive: number
}

/** The connection that a heartbeat monitors. */
export interface HeartbeatOwner {
  /** Whether the stream is congested. A PING would then only be added to the bytes that are waiting. */
  readonly congested: boolean
  /** Whether reading from the peer is paused. The peer is then not late. */
  readonly paused: boolean
  /** Called after something was written to the engine's outbox. */
  written(): void
  /** Called when the peer has been silent for too long, or when a PING could not be sent. */
  silent(error: Error): void
}

/** Creates the heartbeat of a connection. Platforms without heartbeats have no such function. */
export type HeartbeatMaker = (
  owner: HeartbeatOwner,
  engine: Engine,
  stream: ByteStream,
  options: HeartbeatOptions,
  runtime: Runtime,
) => Heartbeat

/**
 * Number of bytes that the system buffers of both sides may hold between a written stream and a peer that reads. Linux
 * grows these buffers to 4 MiB and 6 MiB.
 */
const SYSTEM_BUFFERS = 8 * 1024 * 1024

/**
 * The system accepts bytes in steps of a third of its buffer. No progress for this many deadlines means that the
 * connection is stalled.
 */
const MAX_STEPS = 3

/** The heartbeats of one connection, in both directions (RFC 37, "Connection Heartbeating"). */
export class Heartbeat {
  readonly #owner: HeartbeatOwner
  readonly #engine: Engine
  readonly #stream: ByteStream
  readonly #options: HeartbeatOptions
  readonly #runtime: Runtime
  /** Timer of the next PING. */
  #next: Timer | undefined
  /** Set while the stream is congested: bytes accepted by the system before, and number of intervals since then. */
  #congestion: { readonly taken: number; intervals: number } | undefined
  /**
   * Average number of bytes that the system accepted per interval during the last congestion. It accepts them in large
   * steps.
   */
  #rate = 0
  /** Number of bytes that may be in system buffers ahead of a PING. */
  #ahead = 0
  #timeout: Timer | undefined
  #timeToLive: Timer | undefined
  #stopped = false

  constructor(...[owner, engine, stream, options, runtime]: Parameters<HeartbeatMaker>) {
    this.#owner = owner
    this.#engine = engine
    this.#stream = stream
    this.#options = options
    this.#runtime = runtime
  }

  /**
   * Starts sending PINGs if they are enabled and the peer supports them. Call it again when the peer's support may have
   * changed.
   */
  start(): void {
    const { heartbeatInterval, heartbeatTimeToLive } = this.#options
    const { heartbeats } = this.#engine
    const stream = this.#stream
    if (this.#next !== undefined || heartbeatInterval <= 0) return
    if (!(heartbeats?.supported === true || stream.ping !== undefined)) return
    this.#next = this.#runtime.clock.after(heartbeatInterval, () => {
      this.#next = undefined
      this.#measure()
      if (!this.#owner.congested) {
        try {
          if (stream.ping === undefined) heartbeats?.ping(heartbeatTimeToLive)
          else stream.ping()
        } catch (error) {
          // For example, because there is not enough memory.
          this.#owner.silent(error as Error)
          return
        }
        this.#owner.written()
        // The write may have ended the connection.
        if (this.#stopped) return
        this.#awaitAnswer()
      }
      this.start()
    })
  }

  /** Call when bytes arrive from the peer. */
  received(): void {
    this.#cancelDeadlines()
  }

  /** Call when the peer has answered a PING of the underlying protocol. */
  answered(): void {
    this.#timeout?.cancel()
    this.#timeout = undefined
  }

  /** Call when a PING of the peer announces a time to live, in ms. */
  promised(timeToLive: number): void {
    this.#timeToLive ??= this.#deadline(timeToLive, "data from the peer, whose PING set this limit")
  }

  /** Ends the heartbeat. Its owner receives no further calls. */
  stop(): void {
    this.#stopped = true
    this.#next?.cancel()
    this.#cancelDeadlines()
  }

  #cancelDeadlines(): void {
    if (this.#timeout !== undefined) this.answered()
    if (this.#timeToLive === undefined) return
    this.#timeToLive.cancel()
    this.#timeToLive = undefined
  }

  /**
   * Estimates, once per interval, how long a PING on a slow link waits behind bytes that the system accepted before it.
   */
  #measure(): void {
    const { progress } = this.#stream
    if (progress === undefined) return
    const { congested } = this.#owner
    if (this.#congestion !== undefined) {
      const { taken, intervals } = this.#congestion
      this.#congestion.intervals++
      this.#rate = (progress.taken - taken) / (intervals + 1)
      this.#ahead = SYSTEM_BUFFERS
      if (!congested) this.#congestion = undefined
    } else if (congested) this.#congestion = { taken: progress.taken, intervals: 0 }
    else this.#ahead = Math.max(0, this.#ahead - this.#rate)
  }

  #awaitAnswer(): void {
    const { heartbeatInterval, heartbeatTimeout } = this.#options
    const delay = heartbeatTimeout < 0 ? heartbeatInterval : heartbeatTimeout
    if (delay <= 0 || this.#owner.paused || this.#timeout !== undefined) return
    const { taken = 0, waiting = 0 } = this.#stream.progress ?? {}
    const extra = this.#rate > 0 ? (this.#ahead / this.#rate) * heartbeatInterval : 0
    this.#timeout = this.#answerDeadline(delay + extra, taken, taken + waiting, MAX_STEPS)
  }

  /**
   * @param taken Number of bytes that the system had accepted when the deadline began.
   * @param end Position of the end of the PING in the stream.
   * @param steps Number of deadlines without progress after which the connection is considered lost.
   */
  #answerDeadline(delay: number, taken: number, end: number, steps: number): Timer {
    // Reading cannot be paused at its end: a pause follows data, and data cancels this deadline.
    return deadline(this.#runtime, delay, "an answer to a heartbeat", (error) => {
      const now = this.#stream.progress?.taken ?? taken
      const moved = now - taken
      if (taken >= end || (moved === 0 && steps <= 1)) {
        this.#owner.silent(error)
        return
      }
      // The PING is still queued in this process, or has just left it behind other bytes.
      const extra = now >= end ? (SYSTEM_BUFFERS / moved) * delay : 0
      this.#timeout = this.#answerDeadline(delay + extra, now, end, moved > 0 ? MAX_STEPS : steps - 1)
    })
  }

  #deadline(delay: number, what: string): Timer {
    return deadline(this.#runtime, delay, what, (error) => {
      if (!this.#owner.paused) this.#owner.silent(error)
    })
  }
}

export const heartbeat: HeartbeatMaker = (...parameters) => new Heartbeat(...parameters)
