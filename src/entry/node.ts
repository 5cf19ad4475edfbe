import { setTimeout } from "node:timers"
import { context, stateOf } from "../sockets/context.js"
import { choosePlatform } from "../platform/default.js"
import { nodePlatform } from "../platform/node/index.js"
import { closeUnsent, settleIoThreads } from "../sockets/socket-core.js"

// Setup for every Node entry point: the platform, and exit handling.

/** Maximum time in ms to delay the exit of the process without a warning. */
const QUIET_DELAY = 500

choosePlatform(nodePlatform)
// Threads started from now on inherit the default context.
stateOf(context)

// Before the process exits, sockets deliver queued messages for as long as they linger.
process.on("beforeExit", () => {
  settleIoThreads()
  const contexts = closeUnsent()
  if (contexts.length === 0) return
  const hint = contexts.some(({ blocky }) => blocky) ? " Set 'context.blocky = false' to change this behaviour." : ""
  setTimeout(() => {
    process.stderr.write(`(node:${process.pid}) WARNING: Waiting for queued ZeroMQ messages to be delivered.${hint}\n`)
  }, QUIET_DELAY).unref()
})
