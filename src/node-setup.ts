import { context, stateOf } from "./context.js"
import { provideChannels } from "./core/channels.js"
import { setScheduler } from "./core/platform.js"
import { nodeChannels } from "./node/diagnostics.js"
import { loadSodium } from "./node/sodium.js"
import { provideErrors } from "./errors.js"
import { NETWORK_ERRORS } from "./network-errors.js"
import { NETWORK } from "./network-options.js"
import { closeUnsent } from "./socket-core.js"
import { provideOptions } from "./socket.js"
import { epgm } from "./transports/epgm/epgm.js"
import { ipc } from "./transports/ipc.js"
import { StreamTransport } from "./transports/stream-transport.js"
import { tcp } from "./transports/tcp.js"
import { shareContext } from "./transports/threads.js"
import { registerTransport } from "./transports/transport.js"
import { wsDriver } from "./transports/ws.js"
import { provideCrypto } from "./zmtp/curve/crypto.js"

// What every Node entry needs: its transports, its event loop, its end.

/** Time that the end of the process may be held up without a word, in ms. */
const PATIENCE = 500

setScheduler({
  afterMicrotasks: (task) => {
    process.nextTick(task)
  },
  nextTurn: (task) => {
    setImmediate(task)
  },
})
provideChannels(nodeChannels)
provideCrypto(loadSodium)
provideErrors(NETWORK_ERRORS)
provideOptions(NETWORK)
registerTransport("tcp", new StreamTransport("tcp", tcp))
registerTransport("ws", new StreamTransport("ws", wsDriver("ws")))
registerTransport("wss", new StreamTransport("wss", wsDriver("wss")))
registerTransport("ipc", new StreamTransport("ipc", ipc))
registerTransport("epgm", epgm)
shareContext(stateOf(context))

// What was sent is delivered before the process ends by itself, as far as each socket lingers.
process.on("beforeExit", () => {
  const contexts = closeUnsent()
  if (contexts.length === 0) return
  const hint = contexts.some(({ blocky }) => blocky) ? " Set 'context.blocky = false' to change this behaviour." : ""
  setTimeout(() => {
    process.stderr.write(`(node:${process.pid}) WARNING: Waiting for queued ZeroMQ messages to be delivered.${hint}\n`)
  }, PATIENCE).unref()
})
