import type { Channels } from "../core/channels.js"
import type { Runtime } from "../core/runtime.js"
import type { Feature } from "./features.js"
import type { Streams } from "../transports/attached/streams.js"
import type { Inproc } from "../transports/inproc/inproc.js"
import type { Transport } from "../transports/transport.js"

/** Everything a host provides. A context is given one; nothing else depends on where the library runs. */
export interface Platform extends Runtime {
  /** By the scheme of their endpoints, without `inproc`, which every context has. */
  readonly transports: Map<string, Transport>
  /** What the application can do instead of using endpoints of `scheme`, which have no transport. */
  explainMissing?(scheme: string): string | undefined
  /** What socket options may require. */
  readonly features: ReadonlySet<Feature>
  /** Where diagnostics are published. */
  readonly channels: Channels
  /** Attaches streams of the application's, and reaches peers by transports of its own. */
  streams?: Streams
  /** The platform of one more context, where contexts must not share a `budget`. */
  readonly forContext?: () => Platform
  /** Extends the default context to other threads, where there are any that can share it. */
  readonly shareContext?: (state: SharedContext) => void
}

/** What threads share of the default context. */
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
