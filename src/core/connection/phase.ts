import type { Heartbeat } from "./heartbeat.js"
import type { PendingHandshake } from "./pending-handshake.js"

/** The phases that each phase of a connection can change to, besides `closed`. docs/design.md shows them in a diagram. */
export const NEXT_PHASES = {
  handshaking: ["open"],
  open: ["draining", "closing"],
  draining: [],
  closing: [],
  closed: [],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type PhaseName = keyof typeof NEXT_PHASES

/** The phase of a connection, and what exists only in it: leaving a phase drops everything that belongs to it. */
export type Phase =
  | PendingHandshake
  | { readonly kind: "open"; readonly heartbeat: Heartbeat | undefined }
  /** The stream is closed; received data is still being read. */
  | { readonly kind: "draining"; readonly error: Error | undefined }
  /** Everything is written; the stream is closing. */
  | { readonly kind: "closing" }
  | { readonly kind: "closed" }

/**
 * Whether a connection in `phase` enters `next`: true, except that a closed connection stays closed.
 * @throws Error if `next` cannot follow `phase`, which means that the connection is at fault
 */
export function mayEnter(phase: PhaseName, next: PhaseName): boolean {
  if (phase === "closed") return false
  const following: readonly PhaseName[] = NEXT_PHASES[phase]
  if (next === "closed" || following.includes(next)) return true
  throw new Error(`A connection cannot change from the phase "${phase}" to "${next}"`)
}
