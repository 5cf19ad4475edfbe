import { allocateSlab, EMPTY, put, type Frame, type Multipart } from "../bytes.js"
import { LimitError, ProtocolError, type LimitName } from "../protocol-error.js"
import { FLAG_COMMAND, FLAG_MORE } from "./frame-decoder.js"
import type { FrameCursor, FrameOutbox } from "./frame-format.js"

/** Flag of a command over WebSocket (RFC 45). It differs from that of ZMTP; the MORE flag is the same. */
const ZWS_COMMAND = 0x02

/** Size of the slab in which small frames are stored, in bytes. Each frame is a separate piece. */
const SLAB_SIZE = 16 * 1024

/** A cursor over ZWS frames: each pushed WebSocket message is one frame of flags and body. */
export class ZwsFrameDecoder implements FrameCursor {
  flags = 0
  body: Frame = EMPTY
  limit = Infinity
  limitName: LimitName = "maxMessageSize"
  commandLimit = Infinity
  #message: Frame | undefined

  push(message: Frame): void {
    this.#message = message
  }

  rest(): Frame {
    return this.#message ?? EMPTY
  }

  get pending(): boolean {
    return this.#message !== undefined
  }

  /**
   * Advances to the pushed frame. Returns false if there is none.
   * @throws ProtocolError if the frame has no flags; LimitError if it is larger than `limit`, or if a command is larger
   * than `commandLimit`.
   */
  next(): boolean {
    const message = this.#message
    if (message === undefined) return false
    this.#message = undefined
    if (message.length === 0) throw new ProtocolError("ERR_ZMTP_UNSPECIFIED", "Frame without flags")
    const size = message.length - 1
    const flags = message[0]!
    const command = (flags & ZWS_COMMAND) !== 0
    if (size > this.limit) {
      throw new LimitError(this.limitName, `Frame of ${size} bytes exceeds the limit of ${this.limit}`)
    }
    if (command && size > this.commandLimit) {
      throw new LimitError("size of a command", `Command of ${size} bytes exceeds the limit of ${this.commandLimit}`)
    }
    this.flags = (flags & FLAG_MORE) | (command ? FLAG_COMMAND : 0)
    this.body = message.subarray(1)
    return true
  }
}

/** The encoder of ZWS frames. Send each piece that `drain` returns as one WebSocket message. */
export class ZwsOutbox implements FrameOutbox {
  size = 0
  /** Always false, because every body is copied. */
  readonly borrowed = false
  target = EMPTY
  at = 0
  #slab = EMPTY
  #used = 0
  #pieces: Uint8Array[] = []

  message(message: Multipart): void {
    const last = message.length - 1
    for (let index = 0; index < last; index++) this.frame(FLAG_MORE, message[index]!)
    this.frame(0, message[last]!)
  }

  frame(flags: number, body: Uint8Array): void {
    this.place(flags, body.length)
    put(this.target, body, this.at)
  }

  place(flags: number, length: number): void {
    const piece = this.#take(1 + length)
    piece[0] = (flags & FLAG_MORE) | ((flags & FLAG_COMMAND) !== 0 ? ZWS_COMMAND : 0)
    this.target = piece
    this.at = 1
    this.#pieces.push(piece)
    this.size += piece.length
  }

  /** Adds a message without encoding it. */
  raw(bytes: Uint8Array): void {
    this.#pieces.push(bytes)
    this.size += bytes.length
  }

  drain(): Uint8Array[] {
    const pieces = this.#pieces
    this.#pieces = []
    this.size = 0
    return pieces
  }

  #take(size: number): Frame {
    if (size > SLAB_SIZE / 4) return allocateSlab(size)
    if (this.#used + size > this.#slab.length) {
      this.#slab = allocateSlab(SLAB_SIZE)
      this.#used = 0
    }
    const piece = this.#slab.subarray(this.#used, this.#used + size)
    this.#used += size
    return piece
  }
}
