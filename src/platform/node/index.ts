import { createRuntime } from "../../core/runtime.js"
import { epgm } from "../../transports/epgm/epgm.js"
import { ipc } from "../../transports/ipc/ipc.js"
import { StreamTransport } from "../../transports/stream/stream-transport.js"
import { tcp } from "../../transports/tcp/tcp.js"
import { shareContext } from "../../transports/threads/threads.js"
import { udp } from "../../transports/udp/udp.js"
import { wsDriver } from "../../transports/ws/ws.js"
import type { Platform } from "../platform.js"
import { nodeChannels } from "./diagnostics.js"
import { nodeScheduler, nodeTimers } from "./scheduler.js"

const runtime = createRuntime(nodeScheduler, {}, nodeTimers)

/** Node, and runtimes with its modules: Bun and Deno. */
export const nodePlatform: Platform = {
  ...runtime,
  transports: new Map([
    ["tcp", new StreamTransport("tcp", tcp)],
    ["ipc", new StreamTransport("ipc", ipc)],
    ["ws", new StreamTransport("ws", wsDriver("ws"))],
    ["wss", new StreamTransport("wss", wsDriver("wss"))],
    ["udp", udp],
    ["epgm", epgm],
  ]),
  features: new Set(["heartbeats", "listening", "multicast", "security", "tcp", "tls"]),
  channels: nodeChannels,
  shareContext: (state) => {
    shareContext(state, runtime)
  },
}
