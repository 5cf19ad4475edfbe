import { SILENT_CHANNELS } from "../../core/channels.js"
import { createRuntime } from "../../core/runtime.js"
import type { Platform } from "../platform.js"
import { browserScheduler } from "./scheduler.js"

/** Pages, their workers, and any other JavaScript realm. Transports are added by those who use them. */
export const browserPlatform: Platform = {
  ...createRuntime(browserScheduler),
  transports: new Map(),
  features: new Set(),
  channels: SILENT_CHANNELS,
}
