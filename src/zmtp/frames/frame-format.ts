import type { FrameDecoder } from "./frame-decoder.js"
import type { Outbox } from "./outbox.js"

/** Encodes frames. A type of the public members alone, which other classes can implement. */
export type FrameOutbox = Pick<Outbox, Exclude<keyof Outbox, "releaseDrained">> &
  Partial<Pick<Outbox, "releaseDrained">>

/** Decodes frames. See `FrameOutbox`. */
export type FrameCursor = Pick<FrameDecoder, keyof FrameDecoder>
