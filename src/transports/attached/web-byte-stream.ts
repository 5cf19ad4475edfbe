import type { ByteStream, ByteStreamOwner } from "../../core/connection/byte-stream.js"
import type { Clock, Timer } from "../../core/runtime/clock.js"
import { kindOf, zmqError } from "../../core/errors.js"
import { asFrame, concat, isBytes, isMemory, sizeOf } from "../../zmtp/bytes.js"
import { overBytes } from "../../zmtp/over-bytes.js"
import { ignoringOwner } from "../stream/ignoring-owner.js"
import { CLOSE_TIMEOUT, WRITE_BUFFER } from "../stream/stream-limits.js"
import type { WebPair } from "./any-stream.js"

/** A `ByteStream` over a pair of Web streams. Bytes count as waiting until the stream has accepted them. */
export class WebByteStream implements ByteStream {
  readonly protocol = overBytes
  readonly #pair: WebPair
  readonly #reader: ReturnType<WebPair["readable"]["getReader"]>
  readonly #writer: ReturnType<WebPair["writable"]["getWriter"]>
  #owner: ByteStreamOwner | undefined
  #reading = false
  #paused = false
  #writing = 0
  /** Whether to call `drained` when there is room. */
  #full = false
  #ended = false
  #timer: Timer | undefined

  /** @throws ZmqError EINVAL if the streams are locked. */
  constructor(
    pair: WebPair,
    readonly peerAddress: string,
    private readonly clock: Clock,
  ) {
    this.#pair = pair
    try {
      this.#reader = pair.readable.getReader()
      this.#writer = pair.writable.getWriter()
    } catch (cause) {
      throw zmqError("EINVAL", { message: "The stream is locked by another reader or writer", cause })
    }
    // Handle their rejections, which would otherwise be unhandled.
    const { closed, ready } = this.#writer as { closed?: Promise<unknown>; ready?: Promise<unknown> }
    closed?.catch(() => undefined)
    ready?.catch(() => undefined)
    ;(this.#reader as { closed?: Promise<unknown> }).closed?.catch(() => undefined)
  }

  start(owner: ByteStreamOwner): void {
    this.#owner = owner
    this.#read()
  }

  write(pieces: readonly Uint8Array[], borrowed = true): boolean {
    // The stream may keep the chunk, or pass it to its reader without copying.
    if (borrowed || pieces.length > 1) this.#write(concat(pieces, sizeOf(pieces)))
    else this.#write(pieces[0]!)
    this.#full = this.#writing >= WRITE_BUFFER
    return !this.#full
  }

  #write(bytes: Uint8Array): void {
    this.#writing += bytes.length
    this.#writer.write(bytes).then(
      () => {
        this.#writing -= bytes.length
        if (!this.#full || this.#writing > WRITE_BUFFER / 2) return
        this.#full = false
        this.#owner?.drained()
      },
      (error: unknown) => {
        this.#finish(error)
      },
    )
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#read()
  }

  end(sent: () => void): void {
    const done = (): void => {
      this.#timer?.cancel()
      this.#timer = this.clock.after(CLOSE_TIMEOUT, () => {
        this.destroy()
      })
      sent()
    }
    this.#owner = ignoringOwner(() => undefined)
    this.resume()
    this.#writer.close().then(done, done)
  }

  destroy(): void {
    this.#owner = undefined
    this.#timer?.cancel()
    if (this.#ended) return
    this.#ended = true
    this.#release()
  }

  #release(): void {
    this.#reader.cancel().catch(() => undefined)
    this.#writer.abort().catch(() => undefined)
    try {
      Promise.resolve(this.#pair.close?.()).catch(() => undefined)
    } catch {
      // Errors no longer matter.
    }
  }

  /** Reads chunks one at a time, unless paused. */
  #read(): void {
    if (this.#reading || this.#paused || this.#ended) return
    this.#reading = true
    this.#reader.read().then(
      ({ done, value }) => {
        this.#reading = false
        if (done) this.#finish(undefined)
        else this.#take(value)
      },
      (error: unknown) => {
        this.#finish(error)
      },
    )
  }

  #take(value: unknown): void {
    if (isBytes(value)) this.#owner?.data(asFrame(value))
    else if (isMemory(value)) this.#owner?.data(asFrame(new Uint8Array(value)))
    else {
      this.#finish(zmqError("EINVAL", { message: `Invalid chunk: expected bytes, got ${kindOf(value)}` }))
      return
    }
    this.#read()
  }

  #finish(reason: unknown): void {
    const owner = this.#owner
    this.#owner = undefined
    if (this.#ended) return
    this.#ended = true
    this.#timer?.cancel()
    this.#release()
    const error = reason === undefined || reason instanceof Error ? reason : zmqError("ECONNRESET", { cause: reason })
    owner?.closed(error)
  }
}
