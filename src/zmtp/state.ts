/**
 * Where an engine stands. It only moves forward:
 *
 * ```
 * new ─▶ greeting ─▶ handshake ⇄ awaiting-verdict      start, push + handshake, resolve
 *                        │
 *                        ▼
 *                     traffic                          push + read, write
 * ```
 *
 * From everywhere but `closed` an error leads to `failed`, and `close` to `closed`. Protocols without a greeting or
 * without a handshake skip these states.
 */
export type EngineState = "new" | "greeting" | "handshake" | "awaiting-verdict" | "traffic" | "failed" | "closed"

/** The error for a call that does not fit the state of an engine: a mistake of the caller, never of the peer. */
export function outOfOrder(call: string, state: EngineState): Error {
  return new Error(`Cannot ${call} while the engine is in the state "${state}"`)
}
