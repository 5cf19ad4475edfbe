import type { Pipe } from "../core/pipe/pipe.js"
import { zmqError } from "../core/errors.js"
import type { Multipart } from "../zmtp/bytes.js"
import type { Pattern, PatternHost } from "./pattern.js"

/**
 * Wraps the patterns DEALER, PAIR, PULL, and PUSH to make CLIENT, CHANNEL, GATHER, and SCATTER, whose messages have a
 * single frame (RFCs 41, 52, and 49). Sending several frames fails, and received messages of several frames are
 * dropped.
 */
export class SingleFrame implements Pattern {
  readonly send?: (message: Multipart) => boolean
  readonly receive?: () => Multipart | undefined
  readonly #pattern: Pattern

  constructor(pattern: Pattern, host: PatternHost) {
    this.#pattern = pattern
    if (pattern.send !== undefined) {
      this.send = (message) => {
        checkSingle(message)
        return pattern.send!(message)
      }
    }
    if (pattern.receive !== undefined) {
      this.receive = () => receiveSingle({ receive: () => pattern.receive!() }, host)
    }
  }

  get writable(): boolean {
    return this.#pattern.writable
  }

  get readable(): boolean {
    return this.#pattern.readable
  }

  requestRoom(): boolean {
    return this.#pattern.requestRoom?.() ?? this.#pattern.writable
  }

  attach(pipe: Pipe): void {
    this.#pattern.attach?.(pipe)
  }

  peerReady(pipe: Pipe): void {
    this.#pattern.peerReady?.(pipe)
  }

  peerFailed(pipe: Pipe): void {
    this.#pattern.peerFailed?.(pipe)
  }

  readActivated(pipe: Pipe): void {
    this.#pattern.readActivated(pipe)
  }

  writeActivated(pipe: Pipe): void {
    this.#pattern.writeActivated?.(pipe)
  }

  pipeTerminated(pipe: Pipe): void {
    this.#pattern.pipeTerminated(pipe)
  }
}

/** A source of messages, such as a `FairQueue`. */
interface Source {
  receive(): Multipart | undefined
}

/**
 * Checks that a message has one frame, after `prefix` frames for its group or peer.
 * @throws ZmqError EINVAL for a message of several frames.
 */
export function checkSingle(message: Multipart, prefix = 0): void {
  if (message.length === prefix + 1) return
  throw zmqError("EINVAL", { cause: new Error(`Invalid message: ${message.length - prefix} frames, expected 1`) })
}

/** The next message of one frame from `source`. Messages of several frames are dropped. */
export function receiveSingle(source: Source, host: PatternHost): Multipart | undefined {
  let message = source.receive()
  while (message !== undefined && message.length !== 1) {
    host.dropped(message)
    message = source.receive()
  }
  return message
}
