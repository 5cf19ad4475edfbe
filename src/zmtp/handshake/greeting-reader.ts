import type { Frame } from "../bytes.js"
import { FrameDecoder } from "../frames/frame-decoder.js"
import { LegacyFrameDecoder } from "../frames/legacy-frame.js"
import { Outbox } from "../frames/outbox.js"
import type { Version } from "../version.js"
import { Greeting } from "./greeting.js"

/** Reads the greeting of one side and sends nothing, for tools that observe connections between other programs. */
export class GreetingReader {
  readonly #greeting = new Greeting(undefined, false, 0, 0)
  /** The bytes that would be sent in reply. Nobody reads them. */
  readonly #answers = new Outbox()
  #complete = false

  /** Highest version that this side speaks; `undefined` until the greeting is complete. */
  get version(): Version | undefined {
    return this.#complete ? this.#greeting.version : undefined
  }

  /** Name of the security mechanism; empty before ZMTP 3.0. */
  get mechanism(): string {
    return this.#greeting.peerMechanism
  }

  /** Whether this side is the server of its mechanism. */
  get asServer(): boolean {
    return this.#greeting.peerAsServer
  }

  /**
   * Consumes the part of `chunk` that belongs to the greeting. Returns the remainder once the greeting is complete,
   * `undefined` until then.
   */
  push(chunk: Frame): Frame | undefined {
    const rest = this.#greeting.push(chunk, this.#answers)
    this.#complete = rest !== undefined
    return rest
  }

  /** Creates a decoder for the frames that follow this greeting. */
  createDecoder(): FrameDecoder | LegacyFrameDecoder {
    const { version } = this.#greeting
    return version === "1.0" || version === "unversioned" ? new LegacyFrameDecoder() : new FrameDecoder()
  }
}
