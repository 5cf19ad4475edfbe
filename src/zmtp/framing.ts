import type { Frame } from "./bytes.js"
import { createMechanism } from "./handshake/create-mechanism.js"
import type { Protocol } from "./engine.js"
import { FrameDecoder } from "./frames/frame-decoder.js"
import { Greeting, type Version } from "./handshake/greeting.js"
import { LegacyFrameDecoder, writeLegacyFrame } from "./frames/legacy-frame.js"
import { Outbox } from "./frames/outbox.js"
import type { RecycledMemory } from "./frames/recycled-memory.js"
import { RawEngine } from "./raw-engine.js"
import { factsOf } from "./socket-types.js"
import { ZmtpEngine } from "./zmtp-engine.js"

/** Encodes frames. */
export type FrameOutbox = Pick<Outbox, keyof Outbox>

/** Decodes frames. */
export type FrameCursor = Pick<FrameDecoder, keyof FrameDecoder>

/** How a connection begins, and how its frames are encoded. */
export interface Framing {
  /** Version of the peer's protocol, unless a greeting negotiates it. */
  readonly version: Version
  outbox(): FrameOutbox
  decoder(recycled: RecycledMemory | undefined): FrameCursor
  /** Creates this side of the handshake. */
  mechanism: typeof createMechanism
  /** Creates the greeting that precedes the handshake, if there is one. */
  greeting?(...parameters: ConstructorParameters<typeof Greeting>): Greeting
  /** Version of peers that use neither a mechanism nor a handshake, if the framing supports them. */
  readonly bare?: Version
  /** The frame format of ZMTP 1.0, which the greeting may negotiate. */
  readonly old?: {
    decoder(): FrameCursor
    write(outbox: FrameOutbox, more: boolean, body: Frame): void
  }
}

/** The protocol over a byte stream: ZMTP, or raw bytes for STREAM. */
export const overBytes: Protocol = (options) =>
  factsOf(options.socketType).isRaw === true ? new RawEngine() : new ZmtpEngine(options, zmtp)

/** ZMTP over a byte stream (RFC 37), including all earlier versions. */
export const zmtp: Framing = {
  version: "3.1",
  outbox: () => new Outbox(),
  decoder: (recycled) => new FrameDecoder(recycled),
  mechanism: createMechanism,
  greeting: (...parameters) => new Greeting(...parameters),
  old: { decoder: () => new LegacyFrameDecoder(), write: writeLegacyFrame },
}
