import { setScheduler } from "./core/platform.js"
import * as api from "./exports.js"
import { Stream } from "./stream.js"
import { ipc } from "./transports/ipc.js"
import { StreamTransport } from "./transports/stream-transport.js"
import { tcp } from "./transports/tcp.js"
import { registerTransport } from "./transports/transport.js"

setScheduler({
  afterMicrotasks: (task) => {
    process.nextTick(task)
  },
  nextTurn: (task) => {
    setImmediate(task)
  },
})
registerTransport("tcp", new StreamTransport("tcp", tcp))
registerTransport("ipc", new StreamTransport("ipc", ipc))

export * from "./exports.js"
export { Stream, type StreamConnectOptions } from "./stream.js"
export default { ...api, Stream }
