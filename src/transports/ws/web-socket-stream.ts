import type { ByteStream, ByteStreamOwner } from "../../core/connection/byte-stream.js"
import { systemClock, type Clock, type Timer } from "../../core/runtime/clock.js"
import { zmqError } from "../../core/errors.js"
import { asFrame, type Frame, isBytes } from "../../zmtp/bytes.js"
import type { Protocol } from "../../zmtp/engine.js"
import { printable } from "../../zmtp/printable.js"
import { ProtocolError } from "../../zmtp/protocol-error.js"
import { ignoringOwner } from "../stream/ignoring-owner.js"
import { CLOSE_TIMEOUT, WRITE_BUFFER } from "../stream/stream-limits.js"

/** Interval between checks of the number of waiting bytes if the WebSocket does not report changes, in ms. */
const POLL_INTERVAL = 10

/** The part of any WebSocket that is used. */
export interface AnyWebSocket {
  binaryType: string
  readonly bufferedAmount: number
  onmessage: ((event: { readonly data: unknown }) => void) | null
  onclose: ((event: { readonly code: number; readonly reason?: string }) => void) | null
  onerror: ((event: object) => void) | null
  send(data: Uint8Array): void
  close(code?: number): void
}

/** The connection below a WebSocket, if it is accessible. */
export interface Wire {
  /** Reports room, and answers to `ping`, to the current owner. */
  attach(owner: () => ByteStreamOwner | undefined): void
  /**
   * Delivers messages as they arrive, in place of `onmessage`. Text messages are delivered as `null`: they are rejected
   * regardless of their content, and those of over 512 MiB cannot be converted to a string.
   */
  receive(take: (message: Uint8Array | null) => void): void
  /** Sends each piece as one message. Returns false if the buffer is full. */
  write(pieces: readonly Uint8Array[]): boolean
  readonly ping: () => void
  /** See `ByteStream.progress`. */
  readonly progress: ByteStream["progress"]
  pause(): void
  resume(): void
  destroy(): void
  /** Converts an error event of the WebSocket to an error. */
  explain(event: object): Error
}

/** A `ByteStream` over a WebSocket: each written piece and each received chunk is one message. */
export class WebSocketStream implements ByteStream {
  /** Sends a WebSocket ping, if supported. */
  readonly ping: (() => void) | undefined
  readonly #socket: AnyWebSocket
  readonly #wire: Wire | undefined
  #owner: ByteStreamOwner | undefined
  #error: Error | undefined
  #paused = false
  /** Messages that arrived while the stream was paused. */
  #waiting: Frame[] = []
  #deliveryBooked = false
  #closed = false
  #timer: Timer | undefined

  /**
   * @param socket An open WebSocket.
   * @param protocol The protocol for the negotiated subprotocol.
   */
  constructor(
    socket: AnyWebSocket,
    readonly protocol: Protocol,
    readonly peerAddress: string,
    wire?: Wire,
    private readonly clock: Clock = systemClock,
  ) {
    this.#socket = socket
    this.#wire = wire
    this.ping = wire?.ping
  }

  get progress(): ByteStream["progress"] {
    return this.#wire?.progress
  }

  start(owner: ByteStreamOwner): void {
    const socket = this.#socket
    const wire = this.#wire
    this.#owner = owner
    wire?.attach(() => this.#owner)
    if (wire === undefined) {
      socket.onmessage = ({ data }) => {
        this.#take(data)
      }
    } else wire.receive(this.#take)
    socket.onerror = (event) => {
      this.#error ??= wire?.explain(event) ?? zmqError("ECONNRESET", { message: "WebSocket failed" })
    }
    socket.onclose = ({ code, reason }) => {
      this.#error ??= lossOf(code, reason)
      this.#closed = true
      this.#deliver()
    }
  }

  write(pieces: readonly Uint8Array[]): boolean {
    const socket = this.#socket
    if (this.#wire !== undefined) return this.#wire.write(pieces)
    for (const piece of pieces) socket.send(piece)
    if (socket.bufferedAmount <= WRITE_BUFFER) return true
    this.#await(WRITE_BUFFER / 2, () => this.#owner?.drained())
    return false
  }

  pause(): void {
    this.#paused = true
    this.#wire?.pause()
  }

  resume(): void {
    this.#paused = false
    this.#wire?.resume()
    if (this.#waiting.length === 0 || this.#deliveryBooked) return
    this.#deliveryBooked = true
    queueMicrotask(() => {
      this.#deliveryBooked = false
      this.#deliver()
    })
  }

  end(sent: () => void): void {
    this.#waiting = []
    this.#paused = false
    this.#wire?.resume()
    this.#owner = ignoringOwner(sent)
    this.#timer?.cancel()
    this.#await(0, () => {
      this.#socket.close(NORMAL)
      this.#await(0, () => {
        this.#timer = this.clock.after(CLOSE_TIMEOUT, () => {
          const owner = this.#owner
          this.destroy()
          owner?.closed(undefined)
        })
      })
    })
  }

  destroy(): void {
    this.#owner = undefined
    this.#waiting = []
    this.#timer?.cancel()
    if (this.#wire === undefined) this.#socket.close()
    else this.#wire.destroy()
  }

  readonly #take = (data: unknown): void => {
    if (this.#owner === undefined || this.#error !== undefined) return
    if (data === null || typeof data === "string") {
      this.#error = new ProtocolError("ERR_ZMTP_UNSPECIFIED", "Unexpected text message: expected binary messages")
      this.#closed = true
      this.#deliver()
      return
    }
    const bytes = isBytes(data) ? data : new Uint8Array(data as ArrayBuffer)
    if (this.#paused || this.#waiting.length > 0) this.#waiting.push(asFrame(bytes))
    else this.#owner.data(bytes)
  }

  /** Delivers waiting messages, then the end of the connection, if it is closed. */
  #deliver(): void {
    let next = 0
    const waiting = this.#waiting
    // The owner may pause after every message.
    while (next < waiting.length && !this.#paused) this.#owner?.data(waiting[next++]!)
    this.#waiting = waiting.slice(next)
    if (!this.#closed || this.#waiting.length > 0) return
    const owner = this.#owner
    this.#owner = undefined
    this.#timer?.cancel()
    owner?.closed(this.#error)
  }

  /** Runs `task` when at most `rest` bytes are waiting to be sent. Browsers have no event for this. */
  #await(rest: number, task: () => void): void {
    if (this.#socket.bufferedAmount <= rest) task()
    else
      this.#timer = this.clock.after(POLL_INTERVAL, () => {
        this.#await(rest, task)
      })
  }
}

/**
 * Converts the close code of a WebSocket to an error (RFC 6455, section 7.4); `undefined` if it was closed normally.
 */
function lossOf(code: number, reason = ""): Error | undefined {
  if (code === NORMAL || code === UNSPECIFIED) return undefined
  // Without a closing handshake, the connection was lost.
  const how = code === ABNORMAL ? "WebSocket connection was lost" : `Peer closed the WebSocket with code ${code}`
  const message = reason === "" ? how : `${how}: ${printable(reason)}`
  return Object.assign(zmqError("ECONNRESET", { message }), { closeCode: code })
}

const NORMAL = 1000
/** Reported if the peer sent no code. */
const UNSPECIFIED = 1005
/** Reported if there was no closing handshake; never sent. */
const ABNORMAL = 1006
