import type { PatternHost } from "./pattern.js"
import { PushPattern } from "./push.js"
import { SingleFrame } from "./single-frame.js"

/** SCATTER: a PUSH whose messages have a single frame (RFC 49). */
export function scatterPattern(host: PatternHost): SingleFrame {
  return new SingleFrame(new PushPattern(host), host)
}
