import type { Multipart } from "../zmtp/bytes.js"

/**
 * How the application writes and reads the messages of a socket type where something goes beside the frames: a group, a
 * peer's number. Inside it is a frame of its own, before the others.
 */
export interface Envelope {
  /** The frames of what was given to `send`. @throws TypeError, ZmqError EINVAL when `options` lack what goes beside. */
  readonly seal?: (message: unknown, options: unknown) => Multipart
  /** What `receive` gives for the frames of a message. */
  readonly open?: (message: Multipart) => unknown[]
}
