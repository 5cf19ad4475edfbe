import type { Frame } from "./bytes.js"
import { createMechanism } from "./handshake/create-mechanism.js"
import type { Protocol } from "./engine.js"
import { FrameDecoder } from "./frames/frame-decoder.js"
import { Greeting, type Version } from "./handshake/greeting.js"
import { LegacyFrameDecoder, writeLegacyFrame } from "./frames/legacy-frame.js"
import { Outbox } from "./frames/outbox.js"
import { RawEngine } from "./raw-engine.js"
import { factsOf } from "./socket-types.js"
import { ZmtpEngine } from "./zmtp-engine.js"

/** What puts frames into bytes. */
export type FrameOutbox = Pick<Outbox, keyof Outbox>

/** What finds frames in bytes. */
export type FrameCursor = Pick<FrameDecoder, keyof FrameDecoder>

/** How a connection begins, and how its frames lie in the bytes. */
export interface Framing {
  /** What the peer speaks, where no greeting tells. */
  readonly version: Version
  outbox(): FrameOutbox
  decoder(): FrameCursor
  /** This side of the handshake. */
  mechanism: typeof createMechanism
  /** What comes before the handshake, if anything does. */
  greeting?(...parameters: ConstructorParameters<typeof Greeting>): Greeting
  /** A peer without a mechanism may turn out to have no handshake, either. */
  readonly bare?: Version
  /** Frames of ZMTP 1.0, which a greeting may lead to. */
  readonly old?: {
    decoder(): FrameCursor
    write(outbox: FrameOutbox, more: boolean, body: Frame): void
  }
}

/** What is spoken over a stream of bytes: ZMTP, unless a STREAM socket speaks for itself. */
export const overBytes: Protocol = (options) =>
  factsOf(options.socketType).isRaw === true ? new RawEngine() : new ZmtpEngine(options, zmtp)

/** ZMTP over a stream of bytes (RFC 37), down to its first versions. */
export const zmtp: Framing = {
  version: "3.1",
  outbox: () => new Outbox(),
  decoder: () => new FrameDecoder(),
  mechanism: createMechanism,
  greeting: (...parameters) => new Greeting(...parameters),
  old: { decoder: () => new LegacyFrameDecoder(), write: writeLegacyFrame },
}
