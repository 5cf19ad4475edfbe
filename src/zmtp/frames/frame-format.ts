import type { FrameDecoder } from "./frame-decoder.js"
import type { Outbox } from "./outbox.js"

/** Encodes frames. The type has only the public members, so that other classes can implement it. */
export type FrameOutbox = Pick<Outbox, Exclude<keyof Outbox, "releaseDrained">> &
  Partial<Pick<Outbox, "releaseDrained">>

/** Decodes frames. See `FrameOutbox`. */
export type FrameCursor = Pick<FrameDecoder, keyof FrameDecoder>
