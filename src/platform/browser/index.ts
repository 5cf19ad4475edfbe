// Browsers, and any other host without transports of its own.

import { SILENT_CHANNELS } from "../../core/channels.js"
import { createRuntime } from "../../core/runtime/runtime.js"
import { KNOWN_SCHEMES, type Platform } from "../platform.js"
import { browserScheduler } from "./scheduler.js"

/** The platform of pages, workers, and any other JavaScript realm. Programs add the transports that they use. */
export const browserPlatform: Platform = {
  ...createRuntime(browserScheduler),
  transports: new Map(),
  features: new Set(),
  channels: SILENT_CHANNELS,
  explainMissing(scheme) {
    if (scheme === "ws" || scheme === "wss") {
      return `${scheme}:// is not enabled; call useWebSockets() from zmtp/browser before the first connect`
    }
    return KNOWN_SCHEMES.includes(scheme)
      ? `browsers cannot use ${scheme}://; connect to a ws:// or wss:// endpoint of a server instead`
      : undefined
  },
}
