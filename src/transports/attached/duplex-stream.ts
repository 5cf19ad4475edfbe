import type { ByteStream, ByteStreamOwner } from "../../core/connection/byte-stream.js"
import type { Clock, Timer } from "../../core/runtime/clock.js"
import { describe, kindOf, zmqError } from "../../core/errors.js"
import { asFrame, concat, isBytes, sizeOf } from "../../zmtp/bytes.js"
import { overBytes } from "../../zmtp/over-bytes.js"
import { ignoringOwner } from "../stream/ignoring-owner.js"
import { CLOSE_TIMEOUT } from "../stream/stream-limits.js"
import type { NodeReadable, NodeWritable } from "./any-stream.js"

/** Further properties of Node's own streams, some of which similar streams also have. */
interface Extras {
  readonly remoteAddress?: string | undefined
  readonly destroyed?: boolean
  readonly errored?: Error | null
  readonly readableEnded?: boolean
  readonly readableObjectMode?: boolean
  readonly writableEnded?: boolean
  readonly writableFinished?: boolean
  cork?(): void
  uncork?(): void
  unref?(): unknown
}

/** A `ByteStream` over one or two Node streams. It does not keep the process alive, if the stream supports `unref`. */
export class DuplexStream implements ByteStream {
  readonly protocol = overBytes
  readonly #readable: NodeReadable & Extras
  readonly #writable: NodeWritable & Extras
  #owner: ByteStreamOwner | undefined
  /** How the stream has ended, if it has. */
  #over: { readonly error: Error | undefined } | undefined
  /** Whether to call `drained` when there is room. */
  #full = false
  /** Whether the stream is being written to. The owner is notified of the stream's end only afterward. */
  #handing = false
  /** Number of pending writes. */
  #writing = 0
  /** Called once everything is written. */
  #paused = false
  #sent: (() => void) | undefined
  #timer: Timer | undefined

  /**
   * @param readable The same object as `writable` for a duplex stream.
   * @param address Address of the peer. Default: that of the stream.
   */
  constructor(
    readable: NodeReadable,
    writable: NodeWritable,
    private readonly address: string | undefined,
    private readonly clock: Clock,
  ) {
    this.#readable = readable
    this.#writable = writable
    const gone = this.#readable.destroyed === true || this.#readable.readableEnded === true
    if (gone || this.#writable.destroyed === true || this.#writable.writableEnded === true) {
      const cause = this.#readable.errored ?? this.#writable.errored
      if (cause instanceof Error) throw cause
      throw zmqError("EINVAL", { message: "The stream has already ended" })
    }
    if (this.#readable.readableObjectMode === true) {
      throw zmqError("EINVAL", { message: "The stream is in object mode: expected a stream of bytes" })
    }
    // Listen from now on, because an `error` without a listener would end the process.
    readable.on("error", (error: unknown) => {
      this.#finish(asError(error))
    })
    readable.on("end", () => {
      this.#finish(undefined)
    })
    readable.on("close", () => {
      this.#finish(undefined)
    })
    if (this.#isPair) {
      writable.on("error", (error: unknown) => {
        this.#finishSoon(asError(error))
      })
      writable.on("close", () => {
        this.#finishSoon(undefined)
      })
    }
    writable.on("drain", () => {
      if (!this.#full) return
      this.#full = false
      this.#owner?.drained()
    })
    writable.on("finish", () => {
      this.#allSent()
    })
  }

  /** Read on demand, because a socket that is still connecting does not know it yet. */
  get peerAddress(): string {
    return this.address ?? this.#readable.remoteAddress ?? ""
  }

  start(owner: ByteStreamOwner): void {
    this.#owner = owner
    if (this.#over !== undefined) {
      queueMicrotask(() => {
        this.#notifyClosed()
      })
      return
    }
    this.#readable.on("data", (chunk: unknown) => {
      if (isBytes(chunk)) this.#owner?.data(asFrame(chunk))
      else
        this.#fail(
          zmqError("EINVAL", {
            message: `Invalid chunk: expected bytes, got ${kindOf(chunk)}; do not set an encoding`,
          }),
        )
    })
    // A stream that was paused explicitly does not start automatically. React Native's streams emit buffered data
    // synchronously in `resume`, when the owner has not sent its greeting yet.
    queueMicrotask(() => {
      if (!this.#paused) this.#readable.resume()
    })
    if (!isNode) return
    this.#readable.unref?.()
    this.#writable.unref?.()
  }

  write(pieces: readonly Uint8Array[], borrowed = true): boolean {
    if (this.#over !== undefined) return false
    const writable = this.#writable
    this.#handing = true
    try {
      // The stream may keep the chunk, or pass it to its reader without copying.
      if (borrowed) this.#hand(concat(pieces, sizeOf(pieces)))
      else if (pieces.length === 1) this.#hand(pieces[0]!)
      else {
        writable.cork?.()
        for (const piece of pieces) this.#hand(piece)
        writable.uncork?.()
      }
    } catch (error) {
      this.#fail(error as Error)
    }
    this.#handing = false
    return !this.#full
  }

  #hand(piece: Uint8Array): void {
    this.#writing++
    if (this.#writable.write(piece, undefined, this.#written) === false) this.#full = true
  }

  readonly #written = (): void => {
    this.#writing--
    this.#checkSent()
  }

  pause(): void {
    this.#paused = true
    this.#readable.pause()
  }

  resume(): void {
    this.#paused = false
    this.#readable.resume()
  }

  end(sent: () => void): void {
    this.#owner = ignoringOwner(() => {
      this.#allSent()
    })
    this.#sent = sent
    if (this.#over !== undefined) {
      this.#allSent()
      return
    }
    this.#writable.end()
    // Drop data that still arrives: some streams emit `finish` only after they were read to the end.
    this.#readable.resume()
    this.#checkSent()
  }

  destroy(): void {
    this.#owner = undefined
    this.#sent = undefined
    this.#timer?.cancel()
    this.#over ??= { error: undefined }
    this.#destroyBoth()
  }

  get #isPair(): boolean {
    return (this.#writable as object) !== this.#readable
  }

  /** Checks for the end of writing. Streams that imitate Node's may not emit `finish`. */
  #checkSent(): void {
    if (this.#sent === undefined || this.#writing > 0 || typeof this.#writable.writableFinished === "boolean") return
    this.#allSent()
  }

  #allSent(): void {
    const sent = this.#sent
    if (sent === undefined) return
    this.#sent = undefined
    this.#timer?.cancel()
    if (this.#over !== undefined) this.#destroyBoth()
    else {
      this.#timer = this.clock.after(CLOSE_TIMEOUT, () => {
        this.#destroyBoth()
      })
    }
    sent()
  }

  /** One of the two streams accepts no more data. The rest of the other stream is still read. */
  #finishSoon(error: Error | undefined): void {
    if (this.#over !== undefined) return
    if (this.#sent !== undefined) this.#allSent()
    else if (this.#timer === undefined) {
      this.#timer = this.clock.after(CLOSE_TIMEOUT, () => {
        this.#finish(error)
      })
    }
  }

  #fail(error: Error): void {
    this.#finish(error)
    this.#destroyBoth()
  }

  #finish(error: Error | undefined): void {
    if (this.#over !== undefined) return
    this.#over = { error }
    this.#timer?.cancel()
    this.#notifyClosed()
  }

  #notifyClosed(): void {
    if (this.#handing) {
      queueMicrotask(() => {
        this.#notifyClosed()
      })
      return
    }
    const owner = this.#owner
    this.#owner = undefined
    owner?.closed(this.#over!.error)
  }

  #destroyBoth(): void {
    this.#readable.destroy()
    if (this.#isPair) this.#writable.destroy()
  }
}

/** Converts a thrown value to an error. React Native's sockets fail with a string. */
function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : zmqError("ECONNRESET", { message: describe(thrown), cause: thrown })
}

/** Elsewhere, `unref` is missing or emits a warning. */
const isNode =
  typeof (globalThis as { process?: { versions?: { node?: unknown } } }).process?.versions?.node === "string"
