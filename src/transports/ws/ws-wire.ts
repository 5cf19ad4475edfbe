import type { Socket } from "node:net"
import type { ByteStream, ByteStreamOwner } from "../../core/byte-stream.js"
import { limitFragments, limitPayload, type NodeWebSocket } from "./web-sockets.js"
import { copy } from "../../zmtp/bytes.js"
import { MAX_HANDSHAKE_COMMAND } from "../../zmtp/limits.js"
import { LimitError, ProtocolError, type LimitName } from "../../zmtp/protocol-error.js"
import { protocolOf } from "../../zmtp/zws.js"
import { progressOf, type Progress } from "../net/progress.js"
import type { TransportOptions } from "../transport.js"
import { WebSocketStream, type Wire } from "./web-socket-stream.js"

/** Largest limit that `ws` knows: it counts in 31 bits. */
const MOST = 0x7fffffff

/** Bytes before the body of a frame. */
const FLAGS = 1

/** Most fragments of one message, in the handshake and afterwards: each takes some 100 bytes in addition to its own. */
const HANDSHAKE_FRAGMENTS = 64
const MOST_FRAGMENTS = 16 * 1024

/** What a frame of CURVE has more than its body. */
const SEALING = 64

/** Messages that are less than this part of the memory that they came in are copied. */
const LEAST_PART = 16

/** Takes a WebSocket that is open. */
export type Accepted = (stream: ByteStream) => void

export type Failed = (error: Error) => void

/** Largest message of a WebSocket that is read at all; a frame is judged on its own once it is there. */
export function maxPayload({ maxMessageSize, maxMultipartSize }: TransportOptions): number {
  const limits = [maxMessageSize, maxMultipartSize].filter((limit) => limit >= 0)
  if (limits.length === 0) return MOST
  return Math.min(Math.max(Math.min(...limits) + SEALING, MAX_HANDSHAKE_COMMAND + FLAGS), MOST)
}

/**
 * @param webSocket It was made with the `maxPayload` of `options`.
 * @param socket The connection beneath it.
 * @param address Of the peer.
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
  return Object.assign(stream, { admit: wire.admit })
}

/** The connection beneath a WebSocket of the package `ws`. */
class SocketWire implements Wire {
  /** What the peer went past if it went past the limit of what is read. */
  #limitName: LimitName = "size of a command"

  constructor(
    private readonly webSocket: NodeWebSocket,
    private readonly socket: Socket,
    private readonly limit: number,
  ) {
    limitPayload(webSocket, MAX_HANDSHAKE_COMMAND + FLAGS)
    limitFragments(webSocket, HANDSHAKE_FRAGMENTS)
  }

  /** The peer's handshake is finished. */
  readonly admit = (): void => {
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

  tell(owner: () => ByteStreamOwner | undefined): void {
    this.socket.on("drain", () => owner()?.drained())
    this.webSocket.on("pong", () => owner()?.alive())
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
    // Not of the peer's making, or the connection is gone anyway: there is nobody to wait for a goodbye from.
    this.webSocket.terminate()
    return error
  }
}

/** A small message must not keep the memory that it came in, which may be full of something else. */
function inOwnMemory(message: Uint8Array): Uint8Array {
  return message.length < message.buffer.byteLength / LEAST_PART ? copy(message) : message
}
