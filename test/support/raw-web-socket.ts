import { createHash } from "node:crypto"
import { once } from "node:events"
import { connect, type Socket } from "node:net"

export const TEXT = 1
export const BINARY = 2

const READY = {
  PUSH: Buffer.from("\x02\x05READY\x0bSocket-Type\0\0\0\x04PUSH"),
  PULL: Buffer.from("\x02\x05READY\x0bSocket-Type\0\0\0\x04PULL"),
}

/** A WebSocket peer that sends raw bytes (RFC 6455) and speaks ZMTP with NULL. It ignores received data. */
export class RawWebSocket {
  private constructor(
    readonly socket: Socket,
    /** Clients mask their frames: here with a mask of zeros. */
    private readonly isClient: boolean,
  ) {}

  /** Connects to `endpoint`, and completes both handshakes as a PUSH. */
  static async connect(endpoint: string): Promise<RawWebSocket> {
    const socket = connect(Number(new URL(endpoint).port), "127.0.0.1").on("error", () => undefined)
    socket.write(
      "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: ZWS2.0/NULL\r\n\r\n",
    )
    const [answer] = (await once(socket, "data")) as [Buffer]
    if (!String(answer).startsWith("HTTP/1.1 101 ")) throw new Error(String(answer))
    socket.resume()
    const peer = new RawWebSocket(socket, true)
    await peer.send(BINARY, READY.PUSH)
    return peer
  }

  /** Accepts the connection `socket`, and completes both handshakes as a PULL. */
  static async accept(socket: Socket): Promise<RawWebSocket> {
    const [request] = (await once(
      socket.on("error", () => undefined),
      "data",
    )) as [Buffer]
    const [, key] = /sec-websocket-key: (.*)\r\n/i.exec(String(request))!
    const accept = createHash("sha1").update(`${key!}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64")
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
        `Sec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: ZWS2.0/NULL\r\n\r\n`,
    )
    socket.resume()
    const peer = new RawWebSocket(socket, false)
    await peer.send(BINARY, READY.PULL)
    return peer
  }

  /** Sends a frame with `body`, or with that many zeros. Resolves once the system has accepted it, or the connection is closed. */
  async send(opcode: number, body: Uint8Array | number): Promise<void> {
    const size = typeof body === "number" ? body : body.length
    const header = Buffer.alloc(this.isClient ? 14 : 10)
    header[0] = 0x80 | opcode
    header[1] = (this.isClient ? 0x80 : 0) | 127
    header.writeBigUInt64BE(BigInt(size), 2)
    this.socket.write(header)
    if (typeof body === "number") await this.fill(size)
    else this.socket.write(body)
  }

  /** Sends `size` zeros. */
  async fill(size: number): Promise<void> {
    const { socket } = this
    const piece = Buffer.alloc(4 * 1024 * 1024)
    for (let left = size; left > 0 && !socket.destroyed; left -= piece.length) {
      if (!socket.write(piece.subarray(0, left))) await writable(socket)
    }
  }

  close(): void {
    this.socket.destroy()
  }
}

/** Resolves when `socket` has room again, or is closed. */
function writable(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off("drain", done).off("close", done)
      resolve()
    }
    socket.on("drain", done).on("close", done)
  })
}
