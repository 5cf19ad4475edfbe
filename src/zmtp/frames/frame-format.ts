// Frames: one decoder for each format, the outbox that encodes frames, and the memory that both use.

import type { FrameDecoder } from "./frame-decoder.js"
import type { Outbox } from "./outbox.js"

/** Encodes frames. The type has only the public members, so that other classes can implement it. */
export type FrameOutbox = Pick<Outbox, Exclude<keyof Outbox, "releaseDrained">> &
  Partial<Pick<Outbox, "releaseDrained">>

/** Members that only decoders have that can read large bodies in place. */
type InPlace = "gathering" | "requestRoom"

/** Decodes frames. See `FrameOutbox`. */
export type FrameCursor = Pick<FrameDecoder, Exclude<keyof FrameDecoder, InPlace>> &
  Partial<Pick<FrameDecoder, InPlace>>
