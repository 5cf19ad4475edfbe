import type { Multipart } from "../zmtp/bytes.js"
import type { Engine } from "../zmtp/engine.js"
import type { ByteStream } from "./byte-stream.js"
import type { ConnectionOwner } from "./connection-owner.js"
import type { Counters } from "./counters.js"
import type { Sink } from "./pipe.js"
import type { Runtime } from "./runtime.js"

/** Is told how a writer fares. */
export interface WriterOwner {
  /** Encoding or writing has thrown: sealing and copying need memory. */
  failed(error: unknown): void
  /** No more messages will come from the socket, and all that came are written. */
  finished(): void
}

/** Bytes that are flushed without waiting for the microtasks, so that the kernel can work meanwhile. */
const FLUSH_SIZE = 64 * 1024

/** Writes to one stream what its engine has for the peer, and the messages of the pipe once the handshake is complete. */
export class StreamWriter implements Sink {
  /** The stream takes no more until it has drained. */
  congested = false
  readonly #owner: WriterOwner
  /** Has the pipe. */
  readonly #session: ConnectionOwner
  readonly #counters: Counters
  readonly #runtime: Runtime
  readonly #stream: ByteStream
  readonly #engine: Engine
  /** Messages are written once the handshake is complete. `cut`: the stream is gone, but what it brought is still being read. */
  #state: "handshaking" | "open" | "cut" | "ended" = "handshaking"
  /** A message is being taken from the pipe: what the socket sends meanwhile comes after it. */
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

  /** Messages can flow. */
  open(): void {
    this.#state = "open"
  }

  /** The stream is gone: nothing more is written, and the socket's messages stay in the pipe. */
  cut(): void {
    this.#state = "cut"
    this.congested = true
  }

  /** Nothing more is written, and the owner is told nothing. */
  end(): void {
    this.#state = "ended"
  }

  /** Takes a message without queueing it. */
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

  /** The stream takes more again. */
  drained(): void {
    this.congested = false
    this.flush()
  }

  /** Moves messages from the pipe to the stream as far as it takes them. */
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
    if (!this.write()) return
    if (session.finishing && session.pipe?.readable !== true && engine.unsent === 0) this.#owner.finished()
  }

  /** Writes what the engine has. False when that has failed. */
  write(): boolean {
    try {
      this.#write()
      return true
    } catch (error) {
      this.#owner.failed(error)
      return false
    }
  }

  /** Writes what may tell the peer why its connection ends. That reason is reported, not what becomes of this. */
  writeLast(): void {
    try {
      this.#write()
    } catch {
      // No memory for it, for example.
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
    if (!this.#stream.write(engine.drain(), borrowed)) this.congested = true
  }

  /** For a socket in the middle of a send, perhaps to other peers, too: its pipes stay as they are until that is done. */
  #failLater(error: unknown): void {
    this.congested = true
    this.#runtime.afterMicrotasks(() => {
      this.#owner.failed(error)
    })
  }
}
