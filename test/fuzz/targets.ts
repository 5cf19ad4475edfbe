import { calls } from "./calls.js"
import { codec } from "./codec.js"
import { mechanisms } from "./mechanisms.js"
import { pgm } from "./pgm.js"
import { parsers } from "./parsers.js"
import { sessions } from "./sessions.js"
import type { Target } from "./target.js"

export const TARGETS: readonly Target[] = [...codec, ...mechanisms, ...parsers, ...pgm, ...sessions, ...calls]

/** Number of inputs that `target` gets out of `runs`. */
export function share({ weight }: Target, runs: number): number {
  const total = TARGETS.reduce((sum, target) => sum + target.weight, 0)
  return Math.max(1, Math.ceil((runs * weight) / total))
}
