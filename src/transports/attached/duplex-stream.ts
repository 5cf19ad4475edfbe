import type { ByteStream, ByteStreamOwner } from "../../core/byte-stream.js"
import type { Clock, Timer } from "../../core/clock.js"
import { describe, kindOf, zmqError } from "../../core/errors.js"
import { asFrame, concat, isBytes } from "../../zmtp/bytes.js"
import { overBytes } from "../../zmtp/framing.js"
import type { NodeReadable, NodeWritable } from "./any-stream.js"
import { deaf, GOODBYE, lengthOf } from "./endings.js"

/** What is there besides in streams of Node itself, and partly in those that imitate them. */
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

/** A stream of Node, or two, as the core sees it. It does not keep the process alive where it can be told so. */
export class DuplexStream implements ByteStream {
  readonly protocol = overBytes
  readonly #readable: NodeReadable & Extras
  readonly #writable: NodeWritable & Extras
  #owner: ByteStreamOwner | undefined
  /** How it has ended, once it has. */
  #over: { readonly error: Error | undefined } | undefined
  /** `drained` is due. */
  #full = false
  /** Writes that the stream has not reported as done. */
  #writing = 0
  /** Called once everything is written. */
  #sent: (() => void) | undefined
  #timer: Timer | undefined

  /**
   * @param readable The same as `writable` when one stream does both.
   * @param address That of the peer. Default: what the stream says.
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
      throw zmqError("EINVAL", { message: "The stream has ended already" })
    }
    if (this.#readable.readableObjectMode === true) {
      throw zmqError("EINVAL", { message: "The stream is in object mode: expected one of bytes" })
    }
    // From now on, also while nobody listens: an `error` without a listener would end the process.
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

  /** A socket that is still connecting learns it later. */
  get peerAddress(): string {
    return this.address ?? this.#readable.remoteAddress ?? ""
  }

  start(owner: ByteStreamOwner): void {
    this.#owner = owner
    if (this.#over !== undefined) {
      queueMicrotask(() => {
        this.#tell()
      })
      return
    }
    this.#readable.on("data", (chunk: unknown) => {
      if (isBytes(chunk)) this.#owner?.data(asFrame(chunk))
      else
        this.#fail(
          zmqError("EINVAL", { message: `The stream gave ${kindOf(chunk)}: expected bytes, without an encoding` }),
        )
    })
    // One that was paused explicitly does not begin by itself.
    this.#readable.resume()
    if (!isNode) return
    this.#readable.unref?.()
    this.#writable.unref?.()
  }

  write(pieces: readonly Uint8Array[], borrowed = true): boolean {
    if (this.#over !== undefined) return false
    const writable = this.#writable
    try {
      // The stream may keep what it is given, and may hand it to its reader as it is.
      if (borrowed) this.#hand(concat(pieces, lengthOf(pieces)))
      else if (pieces.length === 1) this.#hand(pieces[0]!)
      else {
        writable.cork?.()
        for (const piece of pieces) this.#hand(piece)
        writable.uncork?.()
      }
    } catch (error) {
      this.#fail(error as Error)
    }
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
    this.#readable.pause()
  }

  resume(): void {
    this.#readable.resume()
  }

  end(sent: () => void): void {
    this.#owner = deaf(() => {
      this.#allSent()
    })
    this.#sent = sent
    if (this.#over !== undefined) {
      this.#allSent()
      return
    }
    this.#writable.end()
    // What still comes is dropped: some streams finish only once they were read to the end.
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

  /** Streams that only look like those of Node emit no `finish`. */
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
      this.#timer = this.clock.after(GOODBYE, () => {
        this.#destroyBoth()
      })
    }
    sent()
  }

  /** One of two streams takes no more: what the other one holds is still read. */
  #finishSoon(error: Error | undefined): void {
    if (this.#over !== undefined) return
    if (this.#sent !== undefined) this.#allSent()
    else if (this.#timer === undefined) {
      this.#timer = this.clock.after(GOODBYE, () => {
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
    this.#tell()
  }

  #tell(): void {
    const owner = this.#owner
    this.#owner = undefined
    owner?.closed(this.#over!.error)
  }

  #destroyBoth(): void {
    this.#readable.destroy()
    if (this.#isPair) this.#writable.destroy()
  }
}

/** Sockets of React Native fail with a text. */
function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : zmqError("ECONNRESET", { message: describe(thrown), cause: thrown })
}

/** Elsewhere `unref` is missing, or complains that it has no effect. */
const isNode =
  typeof (globalThis as { process?: { versions?: { node?: unknown } } }).process?.versions?.node === "string"
