import type { PatternHost } from "./pattern.js"
import { PullPattern } from "./pull.js"
import { SingleFrame } from "./single-frame.js"

/** GATHER: a PULL whose messages have a single frame (RFC 49). */
export function gatherPattern(host: PatternHost): SingleFrame {
  return new SingleFrame(new PullPattern(host), host)
}
