import type { Multipart } from "../zmtp/bytes.js"
import type { Engine } from "../zmtp/engine.js"
import type { ByteStream } from "./byte-stream.js"
import type { ConnectionOwner } from "./connection-owner.js"
import type { Counters } from "./counters.js"
import type { Sink } from "./pipe.js"
import type { Runtime } from "./runtime.js"

/** Handles the events of a writer. */
export interface WriterOwner {
  /** Encoding or writing has thrown. Encrypting and copying allocate memory. */
  failed(error: unknown): void
  /** The socket sends no more messages, and all of them are written. */
  finished(): void
}

/**
 * Number of bytes at which the writer flushes without waiting for the microtasks, so that the kernel can work in
 * parallel.
 */
const FLUSH_SIZE = 64 * 1024

/** Writes the output of an engine to its stream, and the messages of the pipe once the handshake is complete. */
export class StreamWriter implements Sink {
  /** Whether the stream accepts no more bytes until it emits `drained`. */
  congested = false
  readonly #owner: WriterOwner
  /** The owner of the pipe. */
  readonly #session: ConnectionOwner
  readonly #counters: Counters
  readonly #runtime: Runtime
  readonly #stream: ByteStream
  readonly #engine: Engine
  /** Messages are written in the state `open`. `cut`: the stream is closed, but received data is still being read. */
  #state: "handshaking" | "open" | "cut" | "ended" = "handshaking"
  /** Whether a message is being taken from the pipe. Messages that the socket sends in the meantime come after it. */
  #taking = false
  #flushScheduled = false
  readonly #flush = (): void => {
    this.#flushScheduled = false
    this.flush()
  }

  constructor(owner: WriterOwner, session: ConnectionOwner, stream: ByteStream, engine: Engine) {
    this.#owner = owner
    this.#session = session
    this.#counters = session.counters
    this.#runtime = session.runtime
    this.#stream = stream
    this.#engine = engine
  }

  /** Starts writing messages, because the handshake is complete. */
  open(): void {
    this.#state = "open"
  }

  /** Stops writing, because the stream is closed. The socket's messages stay in the pipe. */
  cut(): void {
    this.#state = "cut"
    this.congested = true
  }

  /** Stops writing. The owner receives no further events. */
  end(): void {
    this.#state = "ended"
  }

  /** Encodes a message without queueing it in the pipe. */
  accept(message: Multipart): boolean {
    if (this.congested || this.#taking) return false
    const engine = this.#engine
    try {
      engine.write(message)
      if (engine.unsent >= FLUSH_SIZE) this.#write()
      else if (!this.#flushScheduled) this.scheduleFlush()
    } catch (error) {
      this.#failLater(error)
    }
    return true
  }

  scheduleFlush(): void {
    if (this.#flushScheduled) return
    this.#flushScheduled = true
    this.#runtime.afterMicrotasks(this.#flush)
  }

  /** Call when the stream accepts bytes again. */
  drained(): void {
    this.congested = false
    if (this.#stream.flushed === true) this.#engine.releaseDrained?.()
    this.flush()
  }

  /** Moves messages from the pipe to the stream while the stream accepts them. */
  flush(): void {
    if (this.#state !== "open" && this.#state !== "cut") return
    const engine = this.#engine
    const session = this.#session
    while (!this.congested) {
      this.#taking = true
      const message = session.pipe?.receive()
      this.#taking = false
      if (message === undefined) break
      try {
        engine.write(message)
        if (engine.unsent >= FLUSH_SIZE) this.#write()
      } catch (error) {
        this.#owner.failed(error)
        return
      }
    }
    if (this.congested && session.pipe?.finished === true) {
      // The socket has closed the pipe, and its last message is taken. This call makes the pipe report its end, and the
      // session then calls `flush` again. Do not wait for `drained`: the heartbeat would go on until then.
      session.pipe.receive()
      return
    }
    if (!this.write()) return
    if (session.finishing && session.pipe?.readable !== true && engine.unsent === 0) this.#owner.finished()
  }

  /** Writes the output of the engine. Returns false if this has failed. */
  write(): boolean {
    try {
      this.#write()
      return true
    } catch (error) {
      this.#owner.failed(error)
      return false
    }
  }

  /**
   * Writes the bytes that may inform the peer why the connection ends. Errors are ignored, because that reason is
   * reported.
   */
  writeLast(): void {
    try {
      this.#write()
    } catch {
      // For example, out of memory.
    }
  }

  #write(): void {
    if (this.#state === "cut" || this.#state === "ended") return
    const engine = this.#engine
    if (!this.congested) engine.heartbeats?.answer()
    const size = engine.unsent
    if (size === 0) return
    this.#counters.bytesOut += size
    const borrowed = engine.borrowed === true
    const stream = this.#stream
    if (!stream.write(engine.drain(), borrowed)) this.congested = true
    else if (stream.flushed === true) engine.releaseDrained?.()
  }

  /**
   * Reports an error after the current call, because the socket may be sending to other peers, too, and must not lose a
   * pipe in the meantime.
   */
  #failLater(error: unknown): void {
    this.congested = true
    this.#runtime.afterMicrotasks(() => {
      this.#owner.failed(error)
    })
  }
}
