import type { Frame, Multipart } from "./bytes.js"
import { FRAME_OVERHEAD } from "./cost.js"
import { FLAG_COMMAND, FLAG_MORE } from "./frames/frame-decoder.js"
import type { FrameCursor } from "./frames/frame-format.js"
import { MAX_FRAMES, MAX_MESSAGE } from "./limits.js"
import type { Box } from "./handshake/mechanism.js"
import { LimitError, ProtocolError } from "./protocol-error.js"
import { releaseChunks } from "./release-chunks.js"
import { factsOf, type SocketTypeName } from "./socket-types.js"

export interface MessageReaderOptions {
  readonly socketType: SocketTypeName
  /** Maximum size of a frame, in bytes; -1 means no limit. */
  readonly maxMessageSize: number
  /**
   * Maximum size of a message, in bytes. Each frame before the last counts `FRAME_OVERHEAD` bytes more. -1 means 4 GiB.
   */
  readonly maxMultipartSize: number
}

/** Handles a command. If it returns a message, `read` returns that message. */
export type CommandHandler = (command: Frame) => Multipart | undefined

/** Assembles frames into messages after the handshake. Every framing and mechanism shares this read loop. */
export class MessageReader {
  readonly #decoder: FrameCursor
  readonly #socketType: SocketTypeName
  readonly #maxMessageSize: number
  readonly #maxMultipartSize: number
  /** Checks a message, for socket types that require a specific form. */
  readonly #isAcceptable: ((message: Multipart) => boolean) | undefined
  readonly #command: CommandHandler | undefined
  /** Decrypts every frame, with CURVE. */
  readonly #box: Box | undefined
  /** Number of bytes in commands that `takeSkipped` has not returned yet. */
  #skipped = 0
  /** Frames of the incomplete message, and their memory without that of the message itself. */
  #frames: Multipart = []
  #size = 0
  /** How many of these frames no longer keep a mostly unrelated chunk alive; see `releaseChunks`. */
  #released = 0

  /** @param command Handles commands. Default: commands are dropped. */
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
    if (this.#frames.length > this.#released) {
      releaseChunks(this.#frames, this.#released)
      this.#released = this.#frames.length
    }
    return undefined
  }

  /** See `Engine.takeSkipped`. */
  takeSkipped(least: number): number {
    const skipped = this.#skipped
    if (skipped < least) return 0
    this.#skipped = 0
    return skipped
  }

  #append(frame: Frame): void {
    this.#frames.push(frame)
    if (this.#frames.length >= MAX_FRAMES) {
      throw new LimitError("frames of a message", `Message exceeds the limit of ${MAX_FRAMES} frames`)
    }
    this.#size += FRAME_OVERHEAD + frame.length
    if (this.#size > this.#maxMultipartSize) throw tooLarge(this.#frames.length, this.#maxMultipartSize)
    this.#limitNextFrame()
  }

  #complete(last: Frame): Multipart {
    const message = this.#frames.length === 0 ? [last] : this.#takeFrames(last)
    // As in libzmq, a malformed message ends the connection: without an envelope for REQ, without a group for DISH.
    if (this.#isAcceptable !== undefined && !this.#isAcceptable(message)) {
      throw new ProtocolError("ERR_ZMTP_UNSPECIFIED", `Malformed message for ${this.#socketType}`)
    }
    return message
  }

  #takeFrames(last: Frame): Multipart {
    const message = this.#frames
    message.push(last)
    this.#frames = []
    this.#size = this.#released = 0
    this.#limitNextFrame()
    return message
  }

  /**
   * Limits the next frame to the smaller of the frame limit and the rest of the message limit. The last frame of a
   * message costs only its bytes.
   */
  #limitNextFrame(): void {
    const left = this.#maxMultipartSize - this.#size
    const byMessage = this.#maxMessageSize < 0 || left < this.#maxMessageSize
    const limit = byMessage ? left : this.#maxMessageSize
    const name = byMessage ? "maxMultipartSize" : "maxMessageSize"
    const decoder = this.#decoder
    if (this.#box === undefined) {
      decoder.limit = limit
      decoder.limitName = name
    } else {
      const { maxSize, overhead } = this.#box
      decoder.limit = Math.min(limit, maxSize) + overhead
      decoder.limitName = limit <= maxSize ? name : "frame with CURVE"
    }
  }
}

function tooLarge(frames: number, limit: number): LimitError {
  return new LimitError(
    "maxMultipartSize",
    `Message exceeds the limit of ${limit} bytes after ${frames} frames, including ${FRAME_OVERHEAD} bytes of overhead for each`,
  )
}
