import type { Frame, Multipart } from "../zmtp/bytes.js"
import { FRAME_OVERHEAD } from "../zmtp/cost.js"
import { MAX_MESSAGE, MAX_FRAMES } from "../zmtp/limits.js"
import { FLAG_MORE } from "../zmtp/frames/frame-decoder.js"
import { LegacyFrameDecoder } from "../zmtp/frames/legacy-frame.js"
import { LimitError, ProtocolError } from "../zmtp/protocol-error.js"
import { releaseChunks } from "../zmtp/release-chunks.js"
import { NO_MESSAGE, OFFSET_SIZE } from "./message-writer.js"
import { readUint16 } from "./options.js"

export interface MessageLimits {
  /** Maximum size of a frame, in bytes; -1 means no limit. */
  readonly maxMessageSize: number
  /**
   * Maximum size of a message, in bytes. Each frame before the last counts `FRAME_OVERHEAD` bytes more. -1 means 4 GiB.
   */
  readonly maxMultipartSize: number
}

type State =
  /** Waits for an APDU in which a message begins. */
  | { readonly kind: "joining" }
  | {
      readonly kind: "joined"
      readonly decoder: LegacyFrameDecoder
      frames: Multipart
      /** Memory of `frames`, in bytes. */
      gathered: number
      /** Number of frames that no longer keep a packet alive. */
      released: number
    }

const JOINING: State = { kind: "joining" }

/** Assembles messages from APDUs. A cursor: `push` one APDU, then call `next` until it returns `undefined`. */
export class MessageReader {
  #state: State = JOINING

  constructor(private readonly limits: MessageLimits) {}

  /** @throws ProtocolError if the offset of the first message is outside the APDU. */
  push(apdu: Frame): void {
    if (apdu.length < OFFSET_SIZE) throw this.#malformed(`Message offset missing in an APDU of ${apdu.length} bytes`)
    const offset = readUint16(apdu, 0)
    if (offset !== NO_MESSAGE && offset > apdu.length - OFFSET_SIZE) {
      throw this.#malformed(`Invalid message offset ${offset} in an APDU of ${apdu.length} bytes`)
    }
    if (this.#state.kind === "joined") {
      this.#state.decoder.push(apdu.subarray(OFFSET_SIZE))
      return
    }
    if (offset === NO_MESSAGE) return
    const decoder = new LegacyFrameDecoder()
    decoder.push(apdu.subarray(OFFSET_SIZE + offset))
    this.#state = { kind: "joined", decoder, frames: [], gathered: 0, released: 0 }
  }

  #malformed(message: string): ProtocolError {
    this.reset()
    return new ProtocolError("ERR_ZMTP_UNSPECIFIED", message)
  }

  /**
   * The next complete message, or `undefined` until more bytes are pushed.
   * @throws ProtocolError for a message that exceeds a limit or has no flags. The reader then waits for an APDU in
   * which a message begins.
   */
  next(): Multipart | undefined {
    const state = this.#state
    if (state.kind === "joining") return undefined
    const { decoder } = state
    try {
      for (;;) {
        this.#limit(decoder, state.gathered)
        if (!decoder.next()) {
          releaseChunks(state.frames, state.released)
          state.released = state.frames.length
          return undefined
        }
        state.frames.push(decoder.body)
        if ((decoder.flags & FLAG_MORE) === 0) break
        state.gathered += FRAME_OVERHEAD + decoder.body.length
        if (state.frames.length >= MAX_FRAMES) {
          throw new LimitError("frames of a message", `Message exceeds the limit of ${MAX_FRAMES} frames`)
        }
      }
    } catch (error) {
      this.reset()
      throw error
    }
    const message = state.frames
    state.frames = []
    state.gathered = state.released = 0
    return message
  }

  /** Drops an incomplete message because packets are missing, and waits for an APDU in which a message begins. */
  reset(): void {
    this.#state = JOINING
  }

  #limit(decoder: LegacyFrameDecoder, gathered: number): void {
    const { maxMessageSize, maxMultipartSize } = this.limits
    const left = (maxMultipartSize < 0 ? MAX_MESSAGE : maxMultipartSize) - gathered
    const whole = maxMessageSize < 0 || left < maxMessageSize
    decoder.limit = whole ? left : maxMessageSize
    decoder.limitName = whole ? "maxMultipartSize" : "maxMessageSize"
  }
}
