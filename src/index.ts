import { stateOf } from "./context.js"
import { setScheduler } from "./core/platform.js"
import * as api from "./exports.js"
import { closeUnsent } from "./socket-core.js"
import { Stream } from "./stream.js"
import { curveKeyPair, curvePublicKey } from "./curve-keys.js"
import { loadSodium } from "./node/sodium.js"
import { provideCrypto } from "./zmtp/curve/crypto.js"
import { decodeZ85, encodeZ85 } from "./zmtp/z85.js"
import { capability as everywhere } from "./version.js"
import { ipc } from "./transports/ipc.js"
import { StreamTransport } from "./transports/stream-transport.js"
import { tcp } from "./transports/tcp.js"
import { shareContext } from "./transports/threads.js"
import { registerTransport } from "./transports/transport.js"

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
provideCrypto(loadSodium)
registerTransport("tcp", new StreamTransport("tcp", tcp))
registerTransport("ipc", new StreamTransport("ipc", ipc))
shareContext(stateOf(api.context))

// What was sent is delivered before the process ends by itself, as far as each socket lingers.
process.on("beforeExit", () => {
  const contexts = closeUnsent()
  if (contexts.length === 0) return
  const hint = contexts.some(({ blocky }) => blocky) ? " Set 'context.blocky = false' to change this behaviour." : ""
  setTimeout(() => {
    process.stderr.write(`(node:${process.pid}) WARNING: Waiting for queued ZeroMQ messages to be delivered.${hint}\n`)
  }, PATIENCE).unref()
})

export * from "./exports.js"
export { curveKeyPair, curvePublicKey, type CurveKeyPair } from "./curve-keys.js"
export { Stream, type StreamConnectOptions } from "./stream.js"
export { decodeZ85, encodeZ85 } from "./zmtp/z85.js"
/** What this build can do. */
export const capability: Readonly<Record<string, boolean>> = { ...everywhere, ipc: true, curve: true }

export default { ...api, capability, curveKeyPair, curvePublicKey, decodeZ85, encodeZ85, Stream }
