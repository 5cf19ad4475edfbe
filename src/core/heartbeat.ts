import type { Engine } from "../zmtp/engine.js"
import type { ByteStream } from "./byte-stream.js"
import type { Timer } from "./clock.js"
import type { Runtime } from "./runtime.js"
import { deadline } from "./deadline.js"

export interface HeartbeatOptions {
  /** Time between PINGs, in ms; 0 means none (ZMQ_HEARTBEAT_IVL). */
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

/** The heartbeats of one connection, both ways (RFC 37, "Connection Heartbeating"). */
export class Heartbeat {
  readonly #owner: HeartbeatOwner
  readonly #engine: Engine
  readonly #stream: ByteStream
  readonly #options: HeartbeatOptions
  readonly #runtime: Runtime
  #next: Timer | undefined
  #timeout: Timer | undefined
  #timeToLive: Timer | undefined

  constructor(...[owner, engine, stream, options, runtime]: Parameters<HeartbeatMaker>) {
    this.#owner = owner
    this.#engine = engine
    this.#stream = stream
    this.#options = options
    this.#runtime = runtime
  }

  /** The handshake is complete: beats from now on, if it is to. */
  start(): void {
    const { heartbeatInterval, heartbeatTimeToLive } = this.#options
    const { heartbeats } = this.#engine
    const stream = this.#stream
    if (heartbeatInterval <= 0 || !(heartbeats?.supported === true || stream.ping !== undefined)) return
    this.#next = this.#runtime.clock.after(heartbeatInterval, () => {
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

  /** Something has come from the peer. */
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

  #awaitAnswer(): void {
    const { heartbeatInterval, heartbeatTimeout } = this.#options
    const delay = heartbeatTimeout < 0 ? heartbeatInterval : heartbeatTimeout
    if (delay > 0 && !this.#owner.paused) this.#timeout ??= this.#deadline(delay, "an answer to a heartbeat")
  }

  #deadline(delay: number, what: string): Timer {
    return deadline(this.#runtime, delay, what, (error) => {
      if (!this.#owner.paused) this.#owner.silent(error)
    })
  }
}

export const heartbeat: HeartbeatMaker = (...parameters) => new Heartbeat(...parameters)
