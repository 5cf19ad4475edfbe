import type { Protocol } from "./engine.js"
import { FrameDecoder } from "./frames/frame-decoder.js"
import type { Framing } from "./framing.js"
import { Greeting } from "./handshake/greeting.js"
import { LegacyFrameDecoder, writeLegacyFrame } from "./frames/legacy-frame.js"
import { Outbox } from "./frames/outbox.js"
import { RawEngine } from "./raw-engine.js"
import { factsOf } from "./socket-types.js"
import { ZmtpEngine } from "./zmtp-engine.js"

/** The protocol over a byte stream: ZMTP, or raw bytes for STREAM. */
export const overBytes: Protocol = (options) =>
  factsOf(options.socketType).isRaw === true ? new RawEngine() : new ZmtpEngine(options, zmtp)

/** ZMTP over a byte stream (RFC 37), including all earlier versions. */
export const zmtp: Framing = {
  version: "3.1",
  outbox: () => new Outbox(),
  decoder: (recycled) => new FrameDecoder(recycled),
  greeting: (...parameters) => new Greeting(...parameters),
  legacy: { decoder: () => new LegacyFrameDecoder(), write: writeLegacyFrame },
}
