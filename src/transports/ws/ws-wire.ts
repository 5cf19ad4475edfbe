import type { Socket } from "node:net"
import type { ByteStream, ByteStreamOwner } from "../../core/connection/byte-stream.js"
import { copy } from "../../zmtp/bytes.js"
import { MAX_HANDSHAKE_COMMAND } from "../../zmtp/limits.js"
import { LimitError, ProtocolError, type LimitName } from "../../zmtp/protocol-error.js"
import { protocolOf } from "../../zmtp/over-web-socket.js"
import { progressOf, type Progress } from "../net/progress.js"
import type { TransportOptions } from "../transport.js"
import { limitFragments, limitPayload, type NodeWebSocket } from "./web-sockets.js"
import { WebSocketStream, type Wire } from "./web-socket-stream.js"

/** Largest limit that `ws` supports, a signed 32-bit integer. */
const MOST = 0x7fffffff

/** Size of the flags before the body of a frame, in bytes. */
const FLAGS = 1

/**
 * Maximum number of fragments per message, during the handshake and afterward. Each takes about 100 bytes in addition
 * to its content.
 */
const HANDSHAKE_FRAGMENTS = 64
const MOST_FRAGMENTS = 16 * 1024

/** Number of bytes that CURVE adds to a frame. */
const SEALING = 64

/** Messages smaller than this fraction of their chunk are copied. */
const LEAST_PART = 16

/** Called with a WebSocket that is open. */
export type Accepted = (stream: ByteStream) => void

export type Failed = (error: Error) => void

/** Maximum size of a WebSocket message that is read. Each frame is checked again after it was received. */
export function maxPayload({ maxMessageSize, maxMultipartSize }: TransportOptions): number {
  const limits = [maxMessageSize, maxMultipartSize].filter((limit) => limit >= 0)
  if (limits.length === 0) return MOST
  return Math.min(Math.max(Math.min(...limits) + SEALING, MAX_HANDSHAKE_COMMAND + FLAGS), MOST)
}

/**
 * @param webSocket Created with the `maxPayload` of `options`.
 * @param socket Its underlying connection.
 * @param address Address of the peer.
 */
export function streamOf(
  webSocket: NodeWebSocket,
  protocol: string,
  socket: Socket,
  address: string,
  options: TransportOptions,
): ByteStream {
  socket.unref()
  const wire = new SocketWire(webSocket, socket, maxPayload(options))
  const stream: ByteStream = new WebSocketStream(webSocket, protocolOf(protocol), address, wire)
  return Object.assign(stream, { raiseLimits: wire.raiseLimits })
}

/** The connection below a WebSocket of the package `ws`. */
class SocketWire implements Wire {
  /** Name of the limit that applies to received messages. */
  #limitName: LimitName = "size of a command"

  constructor(
    private readonly webSocket: NodeWebSocket,
    private readonly socket: Socket,
    private readonly limit: number,
  ) {
    limitPayload(webSocket, MAX_HANDSHAKE_COMMAND + FLAGS)
    limitFragments(webSocket, HANDSHAKE_FRAGMENTS)
  }

  /** Raises the limits, because the handshake is complete. */
  readonly raiseLimits = (): void => {
    this.#limitName = "maxMessageSize"
    limitPayload(this.webSocket, this.limit)
    limitFragments(this.webSocket, MOST_FRAGMENTS)
  }

  readonly ping = (): void => {
    this.webSocket.ping()
  }

  get progress(): Progress {
    return progressOf(this.socket)
  }

  attach(owner: () => ByteStreamOwner | undefined): void {
    this.socket.on("drain", () => owner()?.drained())
    this.webSocket.on("pong", () => owner()?.pingAnswered())
  }

  receive(take: (message: Uint8Array | null) => void): void {
    this.webSocket.on("message", (message, isBinary) => {
      take(isBinary ? inOwnMemory(message) : null)
    })
  }

  write(pieces: readonly Uint8Array[]): boolean {
    if (pieces.length === 1) this.webSocket.send(pieces[0]!)
    else {
      this.socket.cork()
      for (const piece of pieces) this.webSocket.send(piece)
      this.socket.uncork()
    }
    return !this.socket.writableNeedDrain
  }

  pause(): void {
    this.webSocket.pause()
  }

  resume(): void {
    this.webSocket.resume()
  }

  destroy(): void {
    this.webSocket.terminate()
  }

  explain(event: object): Error {
    const { error } = event as { error: Error & { code?: string } }
    const { code = "", message } = error
    if (code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") return new LimitError(this.#limitName, message)
    if (code === "WS_ERR_TOO_MANY_BUFFERED_PARTS") return new LimitError("fragments of a message", message)
    if (code.startsWith("WS_ERR_")) return new ProtocolError("ERR_ZMTP_UNSPECIFIED", message)
    // The error is not the peer's fault, or the connection is lost, so do not wait for a closing handshake.
    this.webSocket.terminate()
    return error
  }
}

/** Copies a small message out of its chunk, which may contain mostly unrelated data. */
function inOwnMemory(message: Uint8Array): Uint8Array {
  return message.length < message.buffer.byteLength / LEAST_PART ? copy(message) : message
}
