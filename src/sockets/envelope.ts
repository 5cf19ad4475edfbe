import type { Multipart } from "../zmtp/bytes.js"

/**
 * Converts the messages of a socket type that adds a group or a peer's number to each message. Applications pass it as
 * an option; internally, it is the first frame.
 */
export interface Envelope {
  /** Converts the arguments of `send` to frames. @throws TypeError or ZmqError EINVAL if `options` is invalid. */
  readonly seal?: (message: unknown, options: unknown) => Multipart
  /** Converts the frames of a message to the result of `receive`. */
  readonly open?: (message: Multipart) => unknown[]
}
