import type { PatternOptions } from "../../src/patterns/create.js"

/** What patterns go by unless a test says otherwise: the defaults of libzmq. */
export const DEFAULTS: PatternOptions = {
  mandatory: false,
  handover: false,
  probeRouter: false,
  correlate: false,
  relaxed: false,
  verbosity: null,
  manual: false,
  manualLastValue: false,
  noDrop: false,
  invertMatching: false,
  welcomeMessage: Buffer.alloc(0),
  receiveHighWaterMark: 1000,
}
