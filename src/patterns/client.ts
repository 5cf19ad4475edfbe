import { DealerPattern } from "./dealer.js"
import type { PatternHost } from "./pattern.js"
import { SingleFrame } from "./single-frame.js"

/** CLIENT: a DEALER whose messages have a single frame (RFC 41). */
export function clientPattern(host: PatternHost): SingleFrame {
  return new SingleFrame(new DealerPattern(host, { probeRouter: false }), host)
}
