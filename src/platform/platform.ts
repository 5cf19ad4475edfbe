// Platforms: the host features that the library uses, as one object that each context receives. One folder per kind of
// host.

import type { Channels } from "../core/channels.js"
import type { Runtime } from "../core/runtime/runtime.js"
import type { Streams } from "../transports/attached/streams.js"
import type { IoThreads } from "../transports/io/io-threads.js"
import type { Inproc } from "../transports/inproc/inproc.js"
import type { Transport } from "../transports/transport.js"
import type { Feature } from "./features.js"
import type { TroubleWatch, WatchedSocket } from "./trouble-watch.js"

/**
 * Everything that a host provides. Each context is given a platform; no other code depends on where the library runs.
 */
export interface Platform extends Runtime {
  /** Transports by endpoint scheme, except `inproc`, which every context has. */
  readonly transports: Map<string, Transport>
  /** Explains what to do instead of using endpoints of `scheme`, for which there is no transport. */
  explainMissing?(scheme: string): string | undefined
  /** Features that socket options may require. Options check this set each time they are assigned. */
  readonly features: Set<Feature>
  /** The channels on which diagnostics are published. */
  readonly channels: Channels
  /** Attaches streams of the application and supports custom transports, if available. */
  streams?: Streams
  /** Monitors a socket, on hosts that show the warnings of a process. */
  readonly watch?: (socket: WatchedSocket) => TroubleWatch
  /** Creates the threads that run the connections of a context, on hosts that support this. */
  readonly createIoThreads?: (context: SharedContext) => IoThreads
  /** Creates the platform of another context, on hosts where contexts must not share a `budget`. */
  readonly forContext?: () => Platform
  /** Shares the default context with other threads, on hosts that support this. */
  readonly shareContext?: (state: SharedContext) => void
}

/** Schemes of the transports over byte streams, which also run in I/O threads. */
export const STREAM_SCHEMES = ["tcp", "ipc", "ws", "wss"] as const

/** Schemes that libzmq or this library supports on some platform: errors say why they cannot be used here. */
export const KNOWN_SCHEMES: readonly string[] = [...STREAM_SCHEMES, "udp", "epgm", "pgm", "tipc", "vmci"]

/** State of the default context that threads share. */
export interface SharedContext {
  readonly inproc: Inproc
  settings: ContextSettings
}

export interface ContextSettings {
  ioThreads: number
  maxSockets: number
  maxMessageSize: number
  ipv6: boolean
  blocky: boolean
}
