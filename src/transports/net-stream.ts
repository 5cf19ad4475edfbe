import type { Socket } from "node:net"
import type { ByteStream, ByteStreamOwner } from "../core/byte-stream.js"

/** How long a connection that was closed in good order may take until the peer closes too, in ms. */
const GOODBYE = 1000

/** A `net.Socket` as the core sees it. It never keeps the process alive: pending operations do. */
export class NetStream implements ByteStream {
  #owner: ByteStreamOwner | undefined
  #error: Error | undefined

  constructor(
    private readonly socket: Socket,
    owner: ByteStreamOwner,
  ) {
    this.#owner = owner
    socket.unref()
    socket.on("data", (chunk: Buffer) => this.#owner?.data(chunk))
    socket.on("drain", () => this.#owner?.drained())
    socket.on("error", (error) => (this.#error = error))
    // There is no half-open connection in ZMTP: a peer that sends no more is gone.
    socket.on("end", this.#close)
    socket.on("close", this.#close)
  }

  get peerAddress(): string {
    return this.socket.remoteAddress?.replace(/^::ffff:(?=\d+\.)/, "") ?? "localhost"
  }

  readonly #close = (): void => {
    const owner = this.#owner
    this.#owner = undefined
    owner?.closed(this.#error)
  }

  write(pieces: readonly Uint8Array[]): boolean {
    const { socket } = this
    if (pieces.length === 1) {
      socket.write(pieces[0]!)
      return !socket.writableNeedDrain
    }
    socket.cork()
    for (const piece of pieces) socket.write(piece)
    socket.uncork()
    return !socket.writableNeedDrain
  }

  pause(): void {
    this.socket.pause()
  }

  resume(): void {
    this.socket.resume()
  }

  end(sent: () => void): void {
    const { socket } = this
    this.#owner = { data: () => undefined, drained: () => undefined, closed: sent }
    socket.end(() => {
      this.#close()
      const timer = setTimeout(() => socket.destroy(), GOODBYE)
      timer.unref()
      socket.once("close", () => {
        clearTimeout(timer)
      })
    })
    // What still comes is not wanted, but closing without having read it would take back what was sent.
    socket.resume()
  }

  destroy(): void {
    this.#owner = undefined
    this.socket.destroy()
  }
}
