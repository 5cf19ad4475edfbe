import { ipc } from "../../transports/ipc/ipc.js"
import type { ConnectionFeatures } from "../../transports/authentication/connection-features.js"
import { nodeFeatures } from "../../transports/authentication/node-features.js"
import { StreamTransport, type StreamDriver } from "../../transports/stream/stream-transport.js"
import { tcpDriver } from "../../transports/tcp/tcp.js"
import { wsDriver } from "../../transports/ws/ws.js"
import { STREAM_SCHEMES } from "../platform.js"

// In the built package, this module and everything that only it imports, half of the library, is loaded with the first
// endpoint or stream.

/** The transports that also run in I/O threads, by scheme. */
export function streamTransports(): ReadonlyMap<string, StreamTransport> {
  return TRANSPORTS
}

/** The features of connections in Node. */
export function connectionFeatures(): ConnectionFeatures {
  return nodeFeatures
}

const DRIVERS: Readonly<Record<(typeof STREAM_SCHEMES)[number], StreamDriver>> = {
  tcp: tcpDriver(),
  ipc,
  ws: wsDriver("ws"),
  wss: wsDriver("wss"),
}

const TRANSPORTS: ReadonlyMap<string, StreamTransport> = new Map(
  STREAM_SCHEMES.map((scheme) => [scheme, new StreamTransport(scheme, DRIVERS[scheme], nodeFeatures)]),
)
