import { EventEmitter } from "node:events"
import { connect, type Socket } from "node:net"

/**
 * The JavaScript interface of react-native-tcp-socket 6.4, over a socket of Node. It resembles `net.Socket`, with these differences:
 * no `finish` event, no half-open state, no callback of `end`, errors as text, a `write` that throws, and an `unref` that warns.
 */
export class TcpSocket extends EventEmitter {
  writableNeedDrain = false
  remoteAddress: string | undefined
  readonly writableHighWaterMark = 16_384
  readonly #socket: Socket
  #pending = true
  #destroyed = false
  #paused = false
  #held: Buffer[] = []
  #buffered = 0

  constructor(port: number) {
    super()
    this.#socket = connect(port, "127.0.0.1")
    this.#socket.on("connect", () => {
      this.#pending = false
      this.remoteAddress = "127.0.0.1"
      this.emit("connect")
    })
    this.#socket.on("data", (chunk: Buffer) => {
      if (this.#paused) this.#held.push(chunk)
      else this.emit("data", chunk)
    })
    this.#socket.on("end", () => {
      this.end()
      this.emit("end")
    })
    this.#socket.on("error", (error) => {
      this.destroy()
      this.emit("error", error.message)
    })
    this.#socket.on("close", (failed) => this.emit("close", failed))
  }

  write(buffer: Uint8Array, _encoding?: string, written?: (error?: Error) => void): boolean {
    if (this.#pending || this.#destroyed) throw new Error("Socket is closed.")
    this.#buffered += buffer.length
    const ok = this.#buffered < this.writableHighWaterMark
    if (!ok) this.writableNeedDrain = true
    // Data crosses the bridge to the native code as Base64 text.
    this.#socket.write(Buffer.from(Buffer.from(buffer).toString("base64"), "base64"), (error) => {
      this.#buffered -= buffer.length
      if (this.writableNeedDrain && this.#buffered === 0) {
        this.writableNeedDrain = false
        this.emit("drain")
      }
      written?.(error ?? undefined)
    })
    return ok
  }

  end(data?: Uint8Array): this {
    if (typeof data === "function") throw new TypeError("Invalid data, chunk must be a string or buffer")
    if (!this.#pending && !this.#destroyed) {
      if (data !== undefined) this.#socket.write(data)
      this.#socket.end()
    }
    return this
  }

  destroy(): this {
    this.#destroyed = true
    this.#socket.destroy()
    return this
  }

  pause(): this {
    this.#paused = true
    return this
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    while (this.#held.length > 0 && !(this.#paused as boolean)) this.emit("data", this.#held.shift())
  }

  unref(): never {
    throw new Error("react-native-tcp-socket: Socket.unref() method will have no effect.")
  }
}
