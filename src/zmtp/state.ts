// The states of engines. An engine assigns its state only in `#enter`, which asks `mayEnter`: every change is in this table.

/** The states that each state of an engine can change to, besides `failed` and `closed`. README.md shows them in a diagram. */
export const NEXT_STATES = {
  new: ["greeting", "handshake", "traffic"],
  greeting: ["handshake"],
  handshake: ["awaiting-verdict", "traffic"],
  "awaiting-verdict": ["handshake"],
  traffic: [],
  failed: [],
  closed: [],
} as const satisfies Readonly<Record<string, readonly string[]>>

/**
 * The state of an engine: what it does with the next bytes, and which calls it allows. It only moves forward, except
 * from `awaiting-verdict` back to `handshake`. An error leads to `failed`, and `close` to `closed`. Protocols without a
 * greeting or a handshake skip the corresponding states.
 */
export type EngineState = keyof typeof NEXT_STATES

/**
 * Whether an engine in `state` enters `next`: true, except that a closed engine stays closed.
 * @throws Error if `next` cannot follow `state`, which means that the engine is at fault
 */
export function mayEnter(state: EngineState, next: EngineState): boolean {
  if (state === "closed") return false
  const following: readonly EngineState[] = NEXT_STATES[state]
  if (next === "failed" || next === "closed" || following.includes(next)) return true
  throw new Error(`An engine cannot change from the state "${state}" to "${next}"`)
}

/** The error for a call that is not allowed in an engine's state. It blames the caller, never the peer. */
export function outOfOrder(call: string, state: EngineState): Error {
  return new Error(`Cannot ${call} while the engine is in the state "${state}"`)
}
