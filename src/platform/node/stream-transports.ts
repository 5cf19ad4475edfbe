import { createRuntime } from "../../core/runtime.js"
import { ipc } from "../../transports/ipc/ipc.js"
import { nodeSecurity } from "../../transports/security/node-security.js"
import { StreamTransport } from "../../transports/stream/stream-transport.js"
import { tcpDriver } from "../../transports/tcp/tcp.js"
import { wsDriver } from "../../transports/ws/ws.js"
import { nodeScheduler, nodeTimers } from "./scheduler.js"

export const nodeRuntime = createRuntime(nodeScheduler, {}, nodeTimers)

/** The transports that I/O threads run, too, by scheme. */
export const streamTransports: ReadonlyMap<string, StreamTransport> = new Map([
  ["tcp", new StreamTransport("tcp", tcpDriver(), nodeSecurity)],
  ["ipc", new StreamTransport("ipc", ipc, nodeSecurity)],
  ["ws", new StreamTransport("ws", wsDriver("ws"), nodeSecurity)],
  ["wss", new StreamTransport("wss", wsDriver("wss"), nodeSecurity)],
])
