import { DealerPattern } from "./dealer.js"
import { PairPattern } from "./pair.js"
import type { Pattern, PatternHost } from "./pattern.js"
import { PubPattern } from "./pub.js"
import { PullPattern } from "./pull.js"
import { PushPattern } from "./push.js"
import { RepPattern } from "./rep.js"
import { ReqPattern, type ReqOptions } from "./req.js"
import { RouterPattern, type RouterOptions } from "./router.js"
import { SubPattern } from "./sub.js"
import { XpubPattern, type XpubOptions } from "./xpub.js"
import { XsubPattern } from "./xsub.js"

export interface PatternOptions extends RouterOptions, XpubOptions, ReqOptions {}

export type PatternFactory = (host: PatternHost, options: PatternOptions) => Pattern

/** Adds a socket type that not every entry has. */
export function registerPattern(type: number, factory: PatternFactory): void {
  FACTORIES[type] = factory
}

/** Whether there is a socket type number `type`. */
export function hasPattern(type: number): boolean {
  return FACTORIES[type] !== undefined
}

/** The routing of socket type number `type`. */
export function createPattern(type: number, host: PatternHost, options: PatternOptions): Pattern {
  return FACTORIES[type]!(host, options)
}

const FACTORIES: (PatternFactory | undefined)[] = [
  (host) => new PairPattern(host),
  (host, options) => new PubPattern(host, options),
  (host, options) => new SubPattern(host, options),
  (host, options) => new ReqPattern(host, options),
  (host) => new RepPattern(host),
  (host, options) => new DealerPattern(host, options),
  (host, options) => new RouterPattern(host, options),
  (host) => new PullPattern(host),
  (host) => new PushPattern(host),
  (host, options) => new XpubPattern(host, options),
  (host) => new XsubPattern(host),
]
