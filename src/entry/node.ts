import { setTimeout } from "node:timers"
import { context, stateOf } from "../sockets/context.js"
import { choosePlatform } from "../platform/default.js"
import { nodePlatform } from "../platform/node/index.js"
import { closeUnsent } from "../sockets/socket-core.js"

// Setup that every entry point for Node needs: platform and exit handling.

/** Time that the end of the process may be held up without a word, in ms. */
const PATIENCE = 500

choosePlatform(nodePlatform)
// Threads that are started from now on inherit the default context.
stateOf(context)

// Before the process exits by itself, sockets deliver what was sent, for as long as each lingers.
process.on("beforeExit", () => {
  const contexts = closeUnsent()
  if (contexts.length === 0) return
  const hint = contexts.some(({ blocky }) => blocky) ? " Set 'context.blocky = false' to change this behaviour." : ""
  setTimeout(() => {
    process.stderr.write(`(node:${process.pid}) WARNING: Waiting for queued ZeroMQ messages to be delivered.${hint}\n`)
  }, PATIENCE).unref()
})
