// Node, and hosts with its modules.

import { createStreams } from "../../transports/attached/streams.js"
import { epgm } from "../../transports/epgm/epgm.js"
import { IoThreads } from "../../transports/io/io-threads.js"
import { shareContext } from "../../transports/threads/threads.js"
import type { Transport } from "../../transports/transport.js"
import { udp } from "../../transports/udp/udp.js"
import { STREAM_SCHEMES, type Platform } from "../platform.js"
import { TroubleWatch } from "../trouble-watch.js"
import { nodeChannels } from "./diagnostics.js"
import { startIoThread } from "./io-thread-code.js"
import { nodeRuntime } from "./runtime.js"
import { connectionFeatures, streamTransports } from "./stream-transports.js"

/** The platform of Node, and of runtimes that provide its modules: Bun and Deno. */
export const nodePlatform: Platform = {
  ...nodeRuntime,
  transports: new Map([
    ...STREAM_SCHEMES.map((scheme) => [scheme, onFirstUse(scheme)] as const),
    ["udp", udp],
    ["epgm", epgm],
  ]),
  features: new Set(["heartbeats", "listening", "multicast", "security", "tcp", "tls"]),
  channels: nodeChannels,
  streams: createStreams(connectionFeatures, () => import("../../transports/attached/attachment.js")),
  watch: (socket) => new TroubleWatch(socket),
  createIoThreads: ({ inproc }) =>
    new IoThreads(inproc, streamTransports(), nodeRuntime, connectionFeatures(), startIoThread),
  shareContext: (state) => {
    shareContext(state, nodeRuntime)
  },
}

/** A transport whose code is loaded with its first endpoint. */
function onFirstUse(scheme: string): Transport {
  const transport = (): Transport => streamTransports().get(scheme)!
  return {
    bind: (address, host) => transport().bind(address, host),
    bindSync: (address, host) => transport().bindSync(address, host),
    connect: (address, host, routingId, ended) => transport().connect(address, host, routingId, ended),
  }
}
