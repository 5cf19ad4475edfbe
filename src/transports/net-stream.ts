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
    socket.on("close", () => {
      const last = this.#owner
      this.#owner = undefined
      last?.closed(this.#error)
    })
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
    this.#owner = { data: () => undefined, drained: () => undefined, closed: sent }
    this.socket.end(() => {
      const last = this.#owner
      this.#owner = undefined
      last?.closed(undefined)
      const timer = setTimeout(() => this.socket.destroy(), GOODBYE)
      timer.unref()
      this.socket.once("close", () => {
        clearTimeout(timer)
      })
    })
    this.socket.resume()
  }

  destroy(): void {
    this.#owner = undefined
    this.socket.destroy()
  }
}
