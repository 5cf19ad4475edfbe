import { initialSettings, type Settings } from "../../src/options.js"

/** What patterns go by unless a test says otherwise: the defaults of libzmq. */
export const DEFAULTS: Settings = {
  ...initialSettings("PAIR", []),
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
}
