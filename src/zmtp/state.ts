/**
 * The state of an engine. It only moves forward:
 *
 * ```
 * new ─▶ greeting ─▶ handshake ⇄ awaiting-verdict      start, push + handshake, resolve
 *                        │
 *                        ▼
 *                     traffic                          push + read, write
 * ```
 *
 * An error in any state but `closed` leads to `failed`, and `close` leads to `closed`. Protocols without a greeting or
 * handshake skip these states.
 */
export type EngineState = "new" | "greeting" | "handshake" | "awaiting-verdict" | "traffic" | "failed" | "closed"

/** The error for a call that is not allowed in an engine's state. It blames the caller, never the peer. */
export function outOfOrder(call: string, state: EngineState): Error {
  return new Error(`Cannot ${call} while the engine is in the state "${state}"`)
}
