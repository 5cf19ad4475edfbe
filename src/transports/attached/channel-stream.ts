import type { ByteStream, ByteStreamOwner } from "../../core/connection/byte-stream.js"
import type { Clock, Timer } from "../../core/runtime/clock.js"
import { kindOf, zmqError } from "../../core/errors.js"
import { asFrame, concat, copy, isBytes, isMemory, put, sizeOf, type Frame } from "../../zmtp/bytes.js"
import { overBytes } from "../../zmtp/over-bytes.js"
import { LimitError } from "../../zmtp/protocol-error.js"
import { ignoringOwner } from "../stream/ignoring-owner.js"
import { CLOSE_TIMEOUT, WRITE_BUFFER } from "../stream/stream-limits.js"
import type { MessageChannelEnd } from "./any-stream.js"

/** Waiting chunks are joined once there are this many, if they have fewer than `SMALL_CHUNK` bytes on average. */
const MANY_CHUNKS = 256
const SMALL_CHUNK = 1024

/** A chunk that uses less than this part of its memory is copied. */
const LEAST_PART = 16

/**
 * A `ByteStream` over one end of a message channel. Because channels have no flow control, both sides count bytes: a
 * `Uint8Array` is a chunk, a number acknowledges as many bytes, and `null` ends the stream.
 */
export class ChannelStream implements ByteStream {
  readonly protocol = overBytes
  readonly #port: MessageChannelEnd
  #owner: ByteStreamOwner | undefined
  #paused = false
  /** Chunks that arrived while the stream was paused, and their size. The other side has no acknowledgment for them yet. */
  #waiting: Frame[] = []
  #waitingBytes = 0
  /** Number of bytes that the other side has not acknowledged. */
  #unacknowledged = 0
  /** Whether to call `drained` when there is room. */
  #full = false
  /** How the other side has ended; set after all chunks were delivered. */
  #over: { readonly error: Error | undefined } | undefined
  #closed = false
  /** Ports with DOM events can transfer memory. Electron's can transfer only ports. */
  #transfers: boolean
  #sent: (() => void) | undefined
  #timer: Timer | undefined

  constructor(
    port: MessageChannelEnd,
    readonly peerAddress: string,
    private readonly clock: Clock,
  ) {
    this.#port = port
    this.#transfers = port.addEventListener !== undefined
  }

  start(owner: ByteStreamOwner): void {
    this.#owner = owner
    const port = this.#port
    this.#listen("message", this.#heard)
    for (const event of ["close", "exit"]) this.#listen(event, this.#gone)
    if (port.start === undefined) return
    port.start()
    // In Node, a port with a listener keeps the process alive. For a worker, the application decides.
    ;(port as { unref?: () => void }).unref?.()
  }

  #listen(event: string, listener: (value: unknown) => void): void {
    const port = this.#port
    if (port.on !== undefined) port.on(event, listener)
    else port.addEventListener?.(event, listener)
  }

  #ignore(event: string, listener: (value: unknown) => void): void {
    const port = this.#port as MessageChannelEnd & { removeListener?: (event: string, listener: unknown) => unknown }
    if (port.on !== undefined) (port.off ?? port.removeListener)?.call(port, event, listener)
    else port.removeEventListener?.(event, listener)
  }

  write(pieces: readonly Uint8Array[]): boolean {
    // A posted view is copied together with its whole buffer, unless the buffer is its own.
    const length = sizeOf(pieces)
    const chunk = new Uint8Array(length)
    let at = 0
    for (const piece of pieces) {
      put(chunk, piece, at)
      at += piece.length
    }
    this.#unacknowledged += length
    this.#full = this.#unacknowledged >= WRITE_BUFFER
    this.#post(chunk)
    return !this.#full
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    queueMicrotask(() => {
      this.#deliver()
    })
  }

  end(sent: () => void): void {
    this.#owner = ignoringOwner(() => {
      this.#allSent()
    })
    this.#sent = sent
    this.resume()
    this.#post(null)
    this.#checkSent()
  }

  destroy(): void {
    this.#owner = undefined
    this.#sent = undefined
    this.#post(null)
    this.#close()
  }

  #post(message: Uint8Array | number | null): void {
    if (this.#closed) return
    try {
      if (message instanceof Uint8Array && this.#transfers) this.#transfer(message)
      else this.#port.postMessage(message)
    } catch (error) {
      // Report the error after the current write.
      queueMicrotask(() => {
        this.#finish(error as Error)
      })
    }
  }

  #transfer(chunk: Uint8Array): void {
    try {
      this.#port.postMessage(chunk, [chunk.buffer])
    } catch {
      // Ports of workerd cannot transfer anything.
      this.#transfers = false
      this.#port.postMessage(chunk)
    }
  }

  /** Handles a message. Some kinds of channels pass the message itself, others an event. */
  readonly #heard = (given: unknown): void => {
    if (this.#over !== undefined) return
    const isEvent = typeof given === "object" && given !== null && !isBytes(given) && "data" in given
    const message = isEvent ? given.data : given
    if (isBytes(message)) this.#take(asFrame(message))
    else if (isMemory(message)) this.#take(asFrame(new Uint8Array(message)))
    else if (isCount(message) && message <= this.#unacknowledged) this.#acknowledged(message)
    else if (message === null) this.#finish(undefined)
    else
      this.#finish(
        zmqError("EINVAL", {
          message: `Invalid message on the channel: expected a Uint8Array, got ${kindOf(message)}`,
        }),
      )
  }

  /** The other side may send a chunk only while fewer than `WRITE_BUFFER` bytes are in flight, and never an empty one. */
  #take(chunk: Frame): void {
    if (chunk.length === 0) return
    if (this.#waitingBytes >= WRITE_BUFFER) {
      this.#waiting = []
      const message = `Over ${WRITE_BUFFER} bytes in flight: the other side of the channel ignores acknowledgments`
      this.#finish(new LimitError("bytes in flight of a channel", message))
      return
    }
    this.#waiting.push(chunk.length < chunk.buffer.byteLength / LEAST_PART ? copy(chunk) : chunk)
    this.#waitingBytes += chunk.length
    this.#deliver()
    if (this.#waiting.length >= MANY_CHUNKS && this.#waitingBytes < this.#waiting.length * SMALL_CHUNK)
      this.#waiting = [concat(this.#waiting, this.#waitingBytes)]
  }

  #acknowledged(length: number): void {
    this.#unacknowledged -= length
    this.#checkSent()
    if (!this.#full || this.#unacknowledged > WRITE_BUFFER / 2) return
    this.#full = false
    this.#owner?.drained()
  }

  readonly #gone = (): void => {
    this.#finish(zmqError("ECONNRESET", { message: "The other end of the channel was closed" }))
  }

  #finish(error: Error | undefined): void {
    this.#over ??= { error }
    this.#deliver()
  }

  /** Delivers waiting chunks, then the end of the channel, if it has ended. */
  #deliver(): void {
    // The owner may pause after every chunk.
    while (!this.#paused) {
      const chunk = this.#waiting.shift()
      if (chunk === undefined) break
      const { length } = chunk
      this.#waitingBytes -= length
      this.#owner?.data(chunk)
      this.#post(length)
    }
    if (this.#over === undefined || this.#waiting.length > 0) return
    const owner = this.#owner
    this.#owner = undefined
    if (this.#sent === undefined) this.#close()
    owner?.closed(this.#over.error)
  }

  /** Calls `#sent` when the other side has acknowledged everything. */
  #checkSent(): void {
    if (this.#sent !== undefined && this.#unacknowledged === 0) this.#allSent()
  }

  #allSent(): void {
    const sent = this.#sent
    if (sent === undefined) return
    this.#sent = undefined
    if (this.#over !== undefined) this.#close()
    else {
      this.#timer = this.clock.after(CLOSE_TIMEOUT, () => {
        this.#close()
      })
    }
    sent()
  }

  #close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#timer?.cancel()
    this.#ignore("message", this.#heard)
    for (const event of ["close", "exit"]) this.#ignore(event, this.#gone)
    // `self` in a worker cannot be started, and closing it would terminate the worker.
    if (this.#port.start !== undefined) this.#port.close?.()
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0
}
