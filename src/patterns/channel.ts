import { PairPattern } from "./pair.js"
import type { PatternHost } from "./pattern.js"
import { SingleFrame } from "./single-frame.js"

/** CHANNEL: a PAIR whose messages have a single frame (RFC 52). */
export function channelPattern(host: PatternHost): SingleFrame {
  return new SingleFrame(new PairPattern(host), host)
}
