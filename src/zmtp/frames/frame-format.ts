import type { FrameDecoder } from "./frame-decoder.js"
import type { Outbox } from "./outbox.js"

/** Encodes frames. */
export type FrameOutbox = Pick<Outbox, keyof Outbox>

/** Decodes frames. */
export type FrameCursor = Pick<FrameDecoder, keyof FrameDecoder>
