import type { Frame, Multipart } from "./bytes.js"
import { FRAME_OVERHEAD } from "./cost.js"
import { FLAG_COMMAND, FLAG_MORE } from "./frames/frame-decoder.js"
import type { FrameCursor } from "./framing.js"
import { MAX_FRAMES, MAX_MESSAGE } from "./limits.js"
import type { Box } from "./handshake/mechanism.js"
import { LimitError, ProtocolError } from "./protocol-error.js"
import { settle } from "./settle.js"
import { factsOf, type SocketTypeName } from "./socket-types.js"

/** Largest frame accepted with CURVE, in bytes: the memory of the cipher is limited. */
const LARGEST_SEALED = 0x4000_0000

export interface MessageReaderOptions {
  readonly socketType: SocketTypeName
  /** Largest frame, in bytes; -1 means no limit. */
  readonly maxMessageSize: number
  /** Largest message, in bytes, where each frame before the last counts `FRAME_OVERHEAD` more; -1 means 4 GiB. */
  readonly maxMultipartSize: number
}

/** Handles a command; a message that it returns is read in its place. */
export type CommandHandler = (command: Frame) => Multipart | undefined

/** Assembles frames into messages after the handshake: the one read loop of every framing and mechanism. */
export class MessageReader {
  readonly #decoder: FrameCursor
  readonly #socketType: SocketTypeName
  readonly #maxMessageSize: number
  readonly #maxMultipartSize: number
  /** Whether a message is acceptable, for socket types that are particular. */
  readonly #isAcceptable: ((message: Multipart) => boolean) | undefined
  readonly #command: CommandHandler | undefined
  /** Opens every frame, with CURVE. */
  readonly #box: Box | undefined
  /** Bytes of commands since the last call of `takeSkipped`. */
  #skipped = 0
  /** The frames so far of an incomplete message, and what they cost without the message. */
  #frames: Multipart = []
  #size = 0
  /** How many of them have memory of their own, or most of what they lie in. */
  #settled = 0

  /** @param command Without it, commands are dropped. */
  constructor(decoder: FrameCursor, options: MessageReaderOptions, command?: CommandHandler, box?: Box) {
    this.#decoder = decoder
    this.#socketType = options.socketType
    this.#maxMessageSize = options.maxMessageSize
    this.#maxMultipartSize = options.maxMultipartSize < 0 ? MAX_MESSAGE : options.maxMultipartSize
    this.#isAcceptable = factsOf(options.socketType).isValid
    this.#command = command
    this.#box = box
    this.#limitNextFrame()
  }

  /**
   * The next complete message, or `undefined` until more bytes are pushed to the decoder.
   * @throws ProtocolError
   */
  read(): Multipart | undefined {
    const decoder = this.#decoder
    const box = this.#box
    while (decoder.next()) {
      let { flags, body } = decoder
      if (box !== undefined) {
        body = box.open(body)
        flags = box.flags
      }
      if ((flags & FLAG_COMMAND) !== 0) {
        this.#skipped += body.length
        const message = this.#command?.(body)
        if (message !== undefined) return message
      } else if ((flags & FLAG_MORE) !== 0) this.#append(body)
      else return this.#complete(body)
    }
    if (this.#frames.length > this.#settled) {
      settle(this.#frames, this.#settled)
      this.#settled = this.#frames.length
    }
    return undefined
  }

  /** See `Engine`. */
  takeSkipped(least: number): number {
    const skipped = this.#skipped
    if (skipped < least) return 0
    this.#skipped = 0
    return skipped
  }

  #append(frame: Frame): void {
    this.#frames.push(frame)
    if (this.#frames.length >= MAX_FRAMES) {
      throw new LimitError("frames of a message", `Message of more than ${MAX_FRAMES} frames`)
    }
    this.#size += FRAME_OVERHEAD + frame.length
    if (this.#size > this.#maxMultipartSize) throw tooLarge(this.#frames.length, this.#maxMultipartSize)
    this.#limitNextFrame()
  }

  #complete(last: Frame): Multipart {
    const message = this.#frames.length === 0 ? [last] : this.#takeFrames(last)
    // A reply without its envelope ends the connection of a REQ, a message without its group that of a DISH, as in libzmq.
    if (this.#isAcceptable !== undefined && !this.#isAcceptable(message)) {
      throw new ProtocolError("ERR_ZMTP_UNSPECIFIED", `Malformed message for ${this.#socketType}`)
    }
    return message
  }

  #takeFrames(last: Frame): Multipart {
    const message = this.#frames
    message.push(last)
    this.#frames = []
    this.#size = this.#settled = 0
    this.#limitNextFrame()
    return message
  }

  /** A frame may have what a frame may have, or what its message has left. The last frame costs no more than its bytes. */
  #limitNextFrame(): void {
    const left = this.#maxMultipartSize - this.#size
    const byMessage = this.#maxMessageSize < 0 || left < this.#maxMessageSize
    const limit = byMessage ? left : this.#maxMessageSize
    this.#decoder.limit = this.#box === undefined ? limit : Math.min(limit, LARGEST_SEALED) + this.#box.overhead
    this.#decoder.limitName = byMessage ? "maxMultipartSize" : "maxMessageSize"
  }
}

function tooLarge(frames: number, limit: number): LimitError {
  return new LimitError(
    "maxMultipartSize",
    `Message is over the limit of ${limit} bytes with its first ${frames} frames, which count ${FRAME_OVERHEAD} more each`,
  )
}
