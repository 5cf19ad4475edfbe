import type { Multipart } from "../../zmtp/bytes.js"
import type { Engine } from "../../zmtp/engine.js"
import type { Counters } from "../counters.js"
import type { SessionPipe, Sink } from "../pipe/session-pipe.js"
import type { Runtime } from "../runtime/runtime.js"
import type { ByteStream } from "./byte-stream.js"

/** Result of a flush: everything was written, or messages or bytes are waiting for room in the stream. */
export type FlushOutcome = "written" | "pending"

/**
 * Number of bytes at which the writer flushes without waiting for the microtasks, so that the kernel can work in
 * parallel.
 */
const FLUSH_SIZE = 64 * 1024

/** What the writer does with messages: it encodes them only while it is open. */
type State =
  | { readonly kind: "open" }
  /** The stream accepts no more bytes until it emits `drained`. */
  | { readonly kind: "congested" }
  /** A message that was accepted could not be encoded or written. `flush` throws the error. */
  | { readonly kind: "failed"; readonly error: Error }
  /** The stream is closed or closing. The socket's messages stay in the pipe. */
  | { readonly kind: "stopped" }

const OPEN: State = { kind: "open" }
const CONGESTED: State = { kind: "congested" }
const STOPPED: State = { kind: "stopped" }

/**
 * Writes messages and the other output of an engine to its stream. `flush` and `writeOutput` throw when encoding or
 * writing does: encrypting and copying allocate memory.
 */
export class StreamWriter implements Sink {
  #state = OPEN
  readonly #stream: ByteStream
  readonly #engine: Engine
  readonly #counters: Counters
  readonly #runtime: Runtime
  /** Whether a message is being taken from the pipe. Messages that the socket sends in the meantime come after it. */
  #taking = false
  #flushScheduled = false
  /** Whether the stream may still use memory of messages. */
  #borrows = false
  readonly #flushNow: () => void

  /** @param flush Calls `flush` and handles the outcome. It is called after `scheduleFlush`. */
  constructor(
    stream: ByteStream,
    engine: Engine,
    { counters, runtime }: { readonly counters: Counters; readonly runtime: Runtime },
    flush: () => void,
  ) {
    this.#stream = stream
    this.#engine = engine
    this.#counters = counters
    this.#runtime = runtime
    this.#flushNow = (): void => {
      this.#flushScheduled = false
      flush()
    }
  }

  /** Whether the stream accepts no more bytes until it emits `drained`. */
  get congested(): boolean {
    return this.#state === CONGESTED
  }

  /**
   * Encodes a message without queueing it in the pipe. It does not throw, because the socket may be sending to other
   * peers, too, and must not lose a pipe in the meantime.
   */
  accept(message: Multipart): boolean {
    if (this.#state !== OPEN || this.#taking) return false
    const engine = this.#engine
    try {
      engine.write(message)
      if (engine.unsent >= FLUSH_SIZE) this.writeOutput()
      else if (!this.#flushScheduled) this.scheduleFlush()
    } catch (error) {
      this.#state = { kind: "failed", error: error as Error }
      this.scheduleFlush()
    }
    return true
  }

  /** Arranges for a flush after the microtasks. */
  scheduleFlush(): void {
    if (this.#flushScheduled) return
    this.#flushScheduled = true
    this.#runtime.afterMicrotasks(this.#flushNow)
  }

  /** Moves messages from `pipe` to the stream while the stream accepts them, and writes the output of the engine. */
  flush(pipe: SessionPipe | undefined): FlushOutcome {
    if (this.#state.kind === "failed") throw this.#state.error
    // Taking a message can make the pipe end, and its owner flush. The flush that takes the message continues.
    if (this.#taking) return "pending"
    const engine = this.#engine
    this.#release(pipe)
    while (this.#state === OPEN) {
      const message = this.#take(pipe)
      if (message === undefined) break
      engine.write(message)
      if (engine.unsent < FLUSH_SIZE) continue
      this.writeOutput()
      this.#release(pipe)
    }
    // The socket has closed the pipe, and its last message is taken: let the pipe report its end. Do not wait for
    // `drained`, because the heartbeat would go on until then.
    if (this.#state !== OPEN && pipe?.finished === true) this.#take(pipe)
    this.writeOutput()
    this.#release(pipe)
    return pipe?.readable !== true && engine.unsent === 0 ? "written" : "pending"
  }

  /** Writes the output of the engine. */
  writeOutput(): void {
    if (this.#state === STOPPED) return
    const engine = this.#engine
    if (this.#state === OPEN) engine.heartbeats?.answer()
    const size = engine.unsent
    if (size === 0) return
    this.#counters.bytesOut += size
    const borrowed = engine.borrowed === true
    const stream = this.#stream
    if (borrowed) this.#borrows = true
    if (!stream.write(engine.drain(), borrowed)) this.#congest()
    else if (stream.flushed === true) engine.releaseDrained?.()
  }

  /** Call when the stream accepts bytes again. */
  drained(): void {
    if (this.#state === STOPPED) return
    if (this.#state === CONGESTED) this.#state = OPEN
    if (this.#stream.flushed === true) this.#engine.releaseDrained?.()
  }

  /** Stops writing, because the stream is closed or closing. */
  stop(): void {
    this.#state = STOPPED
  }

  /** A write can end the connection, which stops the writer. */
  #congest(): void {
    if (this.#state === OPEN) this.#state = CONGESTED
  }

  /** Lets `pipe` use the memory of the messages that were taken from it again, if they are encoded or written. */
  #release(pipe: SessionPipe | undefined): void {
    if (pipe?.releaseReceived === undefined) return
    if (this.#borrows && this.#stream.flushed === true) this.#borrows = false
    if (!this.#borrows && this.#engine.borrowed !== true) pipe.releaseReceived()
  }

  #take(pipe: SessionPipe | undefined): Multipart | undefined {
    this.#taking = true
    const message = pipe?.receive()
    this.#taking = false
    return message
  }
}
