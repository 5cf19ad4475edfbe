import { createStreams } from "../../transports/attached/streams.js"
import { epgm } from "../../transports/epgm/epgm.js"
import { IoThreads } from "../../transports/io/io-threads.js"
import { nodeSecurity } from "../../transports/security/node-security.js"
import { shareContext } from "../../transports/threads/threads.js"
import type { Transport } from "../../transports/transport.js"
import { udp } from "../../transports/udp/udp.js"
import type { Platform } from "../platform.js"
import { nodeChannels } from "./diagnostics.js"
import { startIoThread } from "./io-thread-code.js"
import { nodeRuntime, streamTransports } from "./stream-transports.js"

/** The platform of Node, and of runtimes that provide its modules: Bun and Deno. */
export const nodePlatform: Platform = {
  ...nodeRuntime,
  transports: new Map<string, Transport>([...streamTransports, ["udp", udp], ["epgm", epgm]]),
  features: new Set(["heartbeats", "listening", "multicast", "security", "tcp", "tls"]),
  channels: nodeChannels,
  streams: createStreams(nodeSecurity, () => import("../../transports/attached/attachment.js")),
  createIoThreads: ({ inproc }) => new IoThreads(inproc, streamTransports, nodeRuntime, nodeSecurity, startIoThread),
  shareContext: (state) => {
    shareContext(state, nodeRuntime)
  },
}
