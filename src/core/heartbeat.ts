import type { Engine } from "../zmtp/engine.js"
import type { ByteStream } from "./byte-stream.js"
import type { Timer } from "./clock.js"
import type { Runtime } from "./runtime.js"
import { deadline } from "./deadline.js"

export interface HeartbeatOptions {
  /** Time between PINGs, in ms; 0 disables them (ZMQ_HEARTBEAT_IVL). */
  readonly heartbeatInterval: number
  /** How long after a PING to hear something, in ms; -1 means the interval, 0 for ever (ZMQ_HEARTBEAT_TIMEOUT). */
  readonly heartbeatTimeout: number
  /** What to tell the peer of our silence, in ms; 0 means nothing (ZMQ_HEARTBEAT_TTL). */
  readonly heartbeatTimeToLive: number
}

/** Whose heart beats. */
export interface HeartbeatOwner {
  /** Nothing can be written at the moment: what waits would only be followed by one more PING. */
  readonly congested: boolean
  /** The peer is not read from, because the socket is full: it is not late. */
  readonly paused: boolean
  /** Something was put into the engine's outbox. */
  written(): void
  /** The peer has been silent for too long, or could not be asked for a sign of life. */
  silent(error: Error): void
}

/** How a session comes by its heartbeats, where there are any. */
export type HeartbeatMaker = (
  owner: HeartbeatOwner,
  engine: Engine,
  stream: ByteStream,
  options: HeartbeatOptions,
  runtime: Runtime,
) => Heartbeat

/**
 * Bytes that the buffers of both systems may hold, on their way from a stream that has written them to a peer that reads
 * them. Linux grows them to 4 MiB and 6 MiB.
 */
const SYSTEM_BUFFERS = 8 * 1024 * 1024

/** The system takes bytes in steps of a third of its buffer: no progress for this many deadlines means that there is none. */
const MAX_STEPS = 3

/** The heartbeats of one connection, both ways (RFC 37, "Connection Heartbeating"). */
export class Heartbeat {
  readonly #owner: HeartbeatOwner
  readonly #engine: Engine
  readonly #stream: ByteStream
  readonly #options: HeartbeatOptions
  readonly #runtime: Runtime
  /** Until the next PING. */
  #next: Timer | undefined
  /** Since the stream became congested: what the system had taken by then, and how many intervals ago that was. */
  #congestion: { readonly taken: number; intervals: number } | undefined
  /** Bytes that the system took in each interval of the last congestion, on average: it takes them in large steps. */
  #rate = 0
  /** Bytes that may be ahead of a PING that the system takes at once. */
  #ahead = 0
  #timeout: Timer | undefined
  #timeToLive: Timer | undefined

  constructor(...[owner, engine, stream, options, runtime]: Parameters<HeartbeatMaker>) {
    this.#owner = owner
    this.#engine = engine
    this.#stream = stream
    this.#options = options
    this.#runtime = runtime
  }

  /** Beats from now on, if it is to and the peer understands it. To be called again when it might. */
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
          // No memory for it, for example.
          this.#owner.silent(error as Error)
          return
        }
        this.#owner.written()
        this.#awaitAnswer()
      }
      this.start()
    })
  }

  /** Call when bytes arrive from the peer. */
  heard(): void {
    if (this.#timeout !== undefined) this.answered()
    if (this.#timeToLive === undefined) return
    this.#timeToLive.cancel()
    this.#timeToLive = undefined
  }

  /** The peer has answered a PING below ZMTP. */
  answered(): void {
    this.#timeout?.cancel()
    this.#timeout = undefined
  }

  /** The peer has promised a sign of life within `timeToLive` ms. */
  promised(timeToLive: number): void {
    this.#timeToLive ??= this.#deadline(timeToLive, "the sign of life that the peer promised")
  }

  stop(): void {
    this.#next?.cancel()
    this.heard()
  }

  /** Finds out, once in each interval, how long a PING waits on a slow link behind what the system has taken before it. */
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
   * @param taken Bytes that the system had taken when it began.
   * @param end Where the PING ends.
   * @param steps How often nothing may have been taken until the peer is given up.
   */
  #answerDeadline(delay: number, taken: number, end: number, steps: number): Timer {
    return deadline(this.#runtime, delay, "an answer to a heartbeat", (error) => {
      const now = this.#stream.progress?.taken ?? taken
      if (this.#owner.paused) return
      const moved = now - taken
      if (taken >= end || (moved === 0 && steps <= 1)) {
        this.#owner.silent(error)
        return
      }
      // The PING still waits in this process, or has left it behind other bytes.
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
