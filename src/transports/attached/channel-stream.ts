import type { ByteStream, ByteStreamOwner } from "../../core/byte-stream.js"
import type { Clock, Timer } from "../../core/clock.js"
import { kindOf, zmqError } from "../../core/errors.js"
import { asFrame, isBytes, isMemory, put, type Frame } from "../../zmtp/bytes.js"
import { overBytes } from "../../zmtp/framing.js"
import type { MessageChannelEnd } from "./any-stream.js"
import { deaf, GOODBYE, lengthOf, WRITE_BUFFER } from "./endings.js"

/**
 * One end of a message channel as the core sees it. A channel has no flow control, so both ends count: a `Uint8Array` is a
 * chunk, a number acknowledges so many bytes, and `null` is the end of what this side says.
 */
export class ChannelStream implements ByteStream {
  readonly protocol = overBytes
  readonly #port: MessageChannelEnd
  #owner: ByteStreamOwner | undefined
  #paused = false
  /** What came while nobody was to hear of it. */
  #waiting: Frame[] = []
  /** Bytes that the other side has not acknowledged. */
  #unacknowledged = 0
  /** `drained` is due. */
  #full = false
  /** How the other side has ended, once it has and everything before it was delivered. */
  #over: { readonly error: Error | undefined } | undefined
  #closed = false
  #sent: (() => void) | undefined
  #timer: Timer | undefined

  constructor(
    port: MessageChannelEnd,
    readonly peerAddress: string,
    private readonly clock: Clock,
  ) {
    this.#port = port
  }

  start(owner: ByteStreamOwner): void {
    this.#owner = owner
    const port = this.#port
    this.#listen("message", this.#heard)
    for (const event of ["close", "exit"]) this.#listen(event, this.#gone)
    if (port.start === undefined) return
    port.start()
    // A port of Node keeps the process alive while somebody listens. A worker is the application's to keep.
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
    // A message is copied with all the memory that it is a part of, unless it has its own.
    const length = lengthOf(pieces)
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
    this.#owner = deaf(() => {
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
    const port = this.#port
    try {
      // Ports with events like those of the DOM take memory along. Those of Electron take ports alone.
      if (message instanceof Uint8Array && port.addEventListener !== undefined)
        port.postMessage(message, [message.buffer])
      else port.postMessage(message)
    } catch (error) {
      this.#finish(error as Error)
    }
  }

  /** Some give the message itself, others an event that has it. */
  readonly #heard = (given: unknown): void => {
    if (this.#over !== undefined) return
    const isEvent = typeof given === "object" && given !== null && !isBytes(given) && "data" in given
    const message = isEvent ? given.data : given
    if (isBytes(message)) this.#take(asFrame(message))
    else if (isMemory(message)) this.#take(asFrame(new Uint8Array(message)))
    else if (isCount(message) && message <= this.#unacknowledged) this.#acknowledged(message)
    else if (message === null) this.#finish(undefined)
    else this.#finish(zmqError("EINVAL", { message: `The channel gave ${kindOf(message)}: expected a Uint8Array` }))
  }

  #take(chunk: Frame): void {
    this.#waiting.push(chunk)
    this.#deliver()
  }

  #acknowledged(length: number): void {
    this.#unacknowledged -= length
    this.#checkSent()
    if (!this.#full || this.#unacknowledged > WRITE_BUFFER / 2) return
    this.#full = false
    this.#owner?.drained()
  }

  readonly #gone = (): void => {
    this.#finish(zmqError("ECONNRESET", { message: "The other end of the channel is gone" }))
  }

  #finish(error: Error | undefined): void {
    this.#over ??= { error }
    this.#deliver()
  }

  /** Tells the owner what has waited, then that the channel is closed if it is. */
  #deliver(): void {
    // Pausing is up to the owner, at every chunk.
    while (!this.#paused) {
      const chunk = this.#waiting.shift()
      if (chunk === undefined) break
      const { length } = chunk
      this.#owner?.data(chunk)
      if (length > 0) this.#post(length)
    }
    if (this.#over === undefined || this.#waiting.length > 0) return
    const owner = this.#owner
    this.#owner = undefined
    if (this.#sent === undefined) this.#close()
    owner?.closed(this.#over.error)
  }

  /** What the other side has acknowledged has arrived. */
  #checkSent(): void {
    if (this.#sent !== undefined && this.#unacknowledged === 0) this.#allSent()
  }

  #allSent(): void {
    const sent = this.#sent
    if (sent === undefined) return
    this.#sent = undefined
    if (this.#over !== undefined) this.#close()
    else {
      this.#timer = this.clock.after(GOODBYE, () => {
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
    // What a worker calls `self` has nothing to start, and would close the worker.
    if (this.#port.start !== undefined) this.#port.close?.()
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0
}
