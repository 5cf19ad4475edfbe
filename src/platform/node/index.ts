import { createRuntime } from "../../core/runtime.js"
import { createStreams } from "../../transports/attached/streams.js"
import { epgm } from "../../transports/epgm/epgm.js"
import { IoThreads } from "../../transports/io/io-threads.js"
import { ipc } from "../../transports/ipc/ipc.js"
import { nodeSecurity } from "../../transports/security/node-security.js"
import { StreamTransport } from "../../transports/stream/stream-transport.js"
import { tcpDriver } from "../../transports/tcp/tcp.js"
import { shareContext } from "../../transports/threads/threads.js"
import { udp } from "../../transports/udp/udp.js"
import { wsDriver } from "../../transports/ws/ws.js"
import type { Platform } from "../platform.js"
import { nodeChannels } from "./diagnostics.js"
import { startIoThread } from "./io-thread-code.js"
import { nodeScheduler, nodeTimers } from "./scheduler.js"

const runtime = createRuntime(nodeScheduler, {}, nodeTimers)

/** The platform of Node, and of runtimes that provide its modules: Bun and Deno. */
export const nodePlatform: Platform = {
  ...runtime,
  transports: new Map([
    ["tcp", new StreamTransport("tcp", tcpDriver(), nodeSecurity)],
    ["ipc", new StreamTransport("ipc", ipc, nodeSecurity)],
    ["ws", new StreamTransport("ws", wsDriver("ws"), nodeSecurity)],
    ["wss", new StreamTransport("wss", wsDriver("wss"), nodeSecurity)],
    ["udp", udp],
    ["epgm", epgm],
  ]),
  features: new Set(["heartbeats", "listening", "multicast", "security", "tcp", "tls"]),
  channels: nodeChannels,
  streams: createStreams(nodeSecurity, () => import("../../transports/attached/attachment.js")),
  createIoThreads: ({ inproc }) => new IoThreads(inproc, nodePlatform.transports, runtime, nodeSecurity, startIoThread),
  shareContext: (state) => {
    shareContext(state, runtime)
  },
}
