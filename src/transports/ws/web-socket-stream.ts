import type { ByteStream, ByteStreamOwner } from "../../core/byte-stream.js"
import { systemClock, type Clock, type Timer } from "../../core/clock.js"
import { zmqError } from "../../core/errors.js"
import { asFrame, type Frame, isBytes } from "../../zmtp/bytes.js"
import type { Protocol } from "../../zmtp/engine.js"
import { printable } from "../../zmtp/printable.js"
import { ProtocolError } from "../../zmtp/protocol-error.js"

/** How long the peer may take to close, too, once it has been sent all there was, in ms. */
const GOODBYE = 1000

/** Bytes that may wait in a WebSocket to be sent. */
const WRITE_BUFFER = 256 * 1024

/** Time between two looks at how much still waits, where nobody tells, in ms. */
const LOOK_INTERVAL = 10

/** What is used of any WebSocket. */
export interface AnyWebSocket {
  binaryType: string
  readonly bufferedAmount: number
  onmessage: ((event: { readonly data: unknown }) => void) | null
  onclose: ((event: { readonly code: number; readonly reason?: string }) => void) | null
  onerror: ((event: object) => void) | null
  send(data: Uint8Array): void
  close(code?: number): void
}

/** What is beneath a WebSocket, where one can reach it. */
export interface Wire {
  /** Tells whoever is the owner then that there is room again, or that a `ping` was answered. */
  tell(owner: () => ByteStreamOwner | undefined): void
  /**
   * Delivers messages as they arrive, in place of `onmessage`. A text message is delivered as `null`: it is refused
   * whatever it says, and one of over 512 MiB cannot be converted to a string.
   */
  receive(take: (message: Uint8Array | null) => void): void
  /** Sends each piece as one message, all at once; false when no room is left. */
  write(pieces: readonly Uint8Array[]): boolean
  readonly ping: () => void
  /** See `ByteStream`. */
  readonly progress: ByteStream["progress"]
  pause(): void
  resume(): void
  destroy(): void
  /** What a fault of the connection is to the core. */
  explain(event: object): Error
}

/** A WebSocket as the core sees it: each piece that is written and each chunk that comes is one message. */
export class WebSocketStream implements ByteStream {
  /** WebSocket's own heartbeat, where it can be used. */
  readonly ping: (() => void) | undefined
  readonly #socket: AnyWebSocket
  readonly #wire: Wire | undefined
  #owner: ByteStreamOwner | undefined
  #error: Error | undefined
  #paused = false
  /** What came while nobody was to hear of it. */
  #waiting: Frame[] = []
  #deliveryBooked = false
  #closed = false
  #timer: Timer | undefined

  /**
   * @param socket It is open.
   * @param protocol That of the subprotocol that was chosen.
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
    wire?.tell(() => this.#owner)
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
    this.#owner = {
      requestRoom: () => undefined,
      data: () => undefined,
      alive: () => undefined,
      drained: () => undefined,
      closed: sent,
    }
    this.#timer?.cancel()
    this.#await(0, () => {
      this.#socket.close(NORMAL)
      this.#await(0, () => {
        this.#timer = this.clock.after(GOODBYE, () => {
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
      this.#error = new ProtocolError("ERR_ZMTP_UNSPECIFIED", "Peer sent text")
      this.#closed = true
      this.#deliver()
      return
    }
    const bytes = isBytes(data) ? data : new Uint8Array(data as ArrayBuffer)
    if (this.#paused || this.#waiting.length > 0) this.#waiting.push(asFrame(bytes))
    else this.#owner.data(bytes)
  }

  /** Tells the owner what has waited, then that the connection is closed if it is. */
  #deliver(): void {
    let next = 0
    const waiting = this.#waiting
    // Pausing is up to the owner, at every message.
    while (next < waiting.length && !this.#paused) this.#owner?.data(waiting[next++]!)
    this.#waiting = waiting.slice(next)
    if (!this.#closed || this.#waiting.length > 0) return
    const owner = this.#owner
    this.#owner = undefined
    this.#timer?.cancel()
    owner?.closed(this.#error)
  }

  /** Runs `task` once no more than `rest` bytes wait to be sent. Browsers do not tell. */
  #await(rest: number, task: () => void): void {
    if (this.#socket.bufferedAmount <= rest) task()
    else
      this.#timer = this.clock.after(LOOK_INTERVAL, () => {
        this.#await(rest, task)
      })
  }
}

/** Why a WebSocket is closed, with its close code (RFC 6455, section 7.4); `undefined` when it was closed in good order. */
function lossOf(code: number, reason = ""): Error | undefined {
  if (code === NORMAL || code === UNSPECIFIED) return undefined
  // Without a closing handshake the connection was cut.
  const how = code === ABNORMAL ? "WebSocket was cut off" : `Peer closed the WebSocket with code ${code}`
  const message = reason === "" ? how : `${how}: ${printable(reason)}`
  return Object.assign(zmqError("ECONNRESET", { message }), { closeCode: code })
}

const NORMAL = 1000
/** The peer has given no code. */
const UNSPECIFIED = 1005
/** Given by the WebSocket itself, never sent. */
const ABNORMAL = 1006
