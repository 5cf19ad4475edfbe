import type { Socket } from "node:net"
import type { ByteStream, ByteStreamOwner } from "../core/byte-stream.js"
import type { NodeWebSocket } from "../node/web-sockets.js"
import { MAX_HANDSHAKE_COMMAND } from "../zmtp/engine.js"
import { LimitError, ProtocolError } from "../zmtp/protocol-error.js"
import { protocolOf } from "../zmtp/zws.js"
import type { Open } from "./dialer.js"
import type { TransportOptions } from "./transport.js"
import { WebSocketStream, type Wire } from "./web-socket-stream.js"

/** Largest limit that `ws` knows: it counts in 31 bits. */
const MOST = 0x7fffffff

/** What a frame of CURVE has more than its body. */
const SEALING = 64

/** Takes a WebSocket that is open; whoever it is for makes the stream from its owner. */
export type Accepted = (open: Open) => void

export type Failed = (error: Error) => void

/** Largest message of a WebSocket that is read at all; a frame is judged on its own once it is there. */
export function maxPayload({ maxMessageSize, maxMultipartSize }: TransportOptions): number {
  const limits = [maxMessageSize, maxMultipartSize].filter((limit) => limit >= 0)
  if (limits.length === 0) return MOST
  return Math.min(Math.max(Math.min(...limits) + SEALING, MAX_HANDSHAKE_COMMAND + 1), MOST)
}

/** @param socket The connection beneath `webSocket`. */
export function streamOf(
  webSocket: NodeWebSocket,
  protocol: string,
  socket: Socket,
  owner: ByteStreamOwner,
): ByteStream {
  socket.unref()
  const address = socket.remoteAddress?.replace(/^::ffff:(?=\d+\.)/, "") ?? ""
  return new WebSocketStream(webSocket, protocolOf(protocol), owner, address, new SocketWire(webSocket, socket))
}

/** The connection beneath a WebSocket of the package `ws`. */
class SocketWire implements Wire {
  constructor(
    private readonly webSocket: NodeWebSocket,
    private readonly socket: Socket,
  ) {}

  readonly ping = (): void => {
    this.webSocket.ping()
  }

  tell(owner: () => ByteStreamOwner | undefined): void {
    this.socket.on("drain", () => owner()?.drained())
    this.webSocket.on("pong", () => owner()?.alive())
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
    if (code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") return new LimitError("maxMessageSize", message)
    return code.startsWith("WS_ERR_") ? new ProtocolError("ERR_ZMTP_UNSPECIFIED", message) : error
  }
}
