import { createRuntime } from "../../core/runtime/runtime.js"
import { nodeScheduler, nodeTimers } from "./scheduler.js"

export const nodeRuntime = createRuntime(nodeScheduler, {}, nodeTimers)
