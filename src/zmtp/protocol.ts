import type { BareEngine } from "./bare-engine.js"
import type { Engine, EngineOptions } from "./engine.js"
import type { RawEngine } from "./raw-engine.js"

/** What drives a connection's bytes, whatever is spoken there. */
export type AnyEngine = Engine | RawEngine | BareEngine

/** What is spoken over a connection: makes the engine that speaks it. */
export type Protocol = (options: EngineOptions) => AnyEngine
