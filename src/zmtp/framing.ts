import type { Frame } from "./bytes.js"
import type { FrameCursor, FrameOutbox } from "./frames/frame-format.js"
import type { RecycledMemory } from "./frames/recycled-memory.js"
import type { Greeting } from "./handshake/greeting.js"
import type { Version } from "./version.js"

/** How a connection begins, and how its frames are encoded. */
export interface Framing {
  /** Version of the peer's protocol, unless a greeting negotiates it. */
  readonly version: Version
  outbox(): FrameOutbox
  decoder(recycled: RecycledMemory | undefined): FrameCursor
  /** Creates the greeting that precedes the handshake, if there is one. */
  greeting?(...parameters: ConstructorParameters<typeof Greeting>): Greeting
  /** Version of peers that use neither a mechanism nor a handshake, if the framing supports them. */
  readonly versionWithoutHandshake?: Version
  /** The frame format of ZMTP 1.0, which the greeting may negotiate. */
  readonly legacy?: LegacyFraming
}

/** The frame format of ZMTP 1.0. */
export interface LegacyFraming {
  decoder(): FrameCursor
  write(outbox: FrameOutbox, more: boolean, body: Frame): void
}
