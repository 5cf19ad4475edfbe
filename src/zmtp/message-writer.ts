import type { Frame, Multipart } from "./bytes.js"
import type { SubscriptionCommands } from "./commands/subscriptions.js"
import { FLAG_COMMAND, FLAG_MORE } from "./frames/frame-decoder.js"
import type { FrameOutbox } from "./frames/frame-format.js"
import type { LegacyFraming } from "./framing.js"
import type { Box } from "./handshake/mechanism.js"

/** What the handshake has determined about the bytes that the peer is sent. */
export interface MessageWriterOptions {
  /** Encodes subscriptions and groups, if this side sends them and the peer expects commands. */
  readonly subscriptions?: SubscriptionCommands | undefined
  /** Encrypts every frame, with CURVE. */
  readonly box?: Box | undefined
  /** The frame format of ZMTP 1.0, if the peer uses it. */
  readonly legacy?: LegacyFraming | undefined
}

/**
 * Encodes the messages and commands of a `ZmtpEngine` after its handshake, for every framing and mechanism.
 * `MessageReader` reads them.
 */
export class MessageWriter {
  readonly #outbox: FrameOutbox
  readonly #subscriptions: SubscriptionCommands | undefined
  readonly #box: Box | undefined
  readonly #legacy: LegacyFraming | undefined

  constructor(outbox: FrameOutbox, options: MessageWriterOptions = {}) {
    this.#outbox = outbox
    this.#subscriptions = options.subscriptions
    this.#box = options.box
    this.#legacy = options.legacy
  }

  /** Writes a message of at least one frame. Subscriptions and groups become commands if the peer expects commands. */
  message(message: Multipart): void {
    if (this.#subscriptions !== undefined) {
      const command = this.#subscriptions.encode(message)
      if (command !== undefined) {
        this.command(command)
        return
      }
    }
    if (this.#box !== undefined) this.#seal(this.#box, message)
    else if (this.#legacy !== undefined) this.#writeLegacy(this.#legacy, message)
    else this.#outbox.message(message)
  }

  /** Writes a command, for peers that have commands: those of ZMTP 3.0 and later. */
  command(body: Frame): void {
    if (this.#box === undefined) this.#outbox.frame(FLAG_COMMAND, body)
    else this.#box.seal(FLAG_COMMAND, body, this.#outbox)
  }

  /** With CURVE, each frame is encrypted separately, together with its flags. */
  #seal(box: Box, message: Multipart): void {
    const last = message.length - 1
    for (let index = 0; index < last; index++) box.seal(FLAG_MORE, message[index]!, this.#outbox)
    box.seal(0, message[last]!, this.#outbox)
  }

  #writeLegacy(legacy: LegacyFraming, message: Multipart): void {
    const last = message.length - 1
    for (let index = 0; index <= last; index++) legacy.write(this.#outbox, index < last, message[index]!)
  }
}
