import type { NetworkPeer } from "../zmtp/peer.js"

/**
 * Memory that an event takes in addition to its texts and its description of a peer, in bytes. Errors and properties
 * also count this much.
 */
const EVENT_OVERHEAD = 512
const ERROR_OVERHEAD = 1024
const PROPERTY_OVERHEAD = 256

/** Maximum depth in a chain of `cause` properties. */
const DEEPEST = 8

/**
 * The memory that a queued event takes, in bytes. Reads the stacks of its errors, because an error whose stack was not
 * read keeps everything on the call stack alive, such as the connection and the bytes that the peer has sent.
 */
export function costOfEvent(event: object): number {
  const { error: fault, peer } = event as { readonly error?: unknown; readonly peer?: NetworkPeer }
  let cost = EVENT_OVERHEAD
  let error = fault
  for (let depth = 0; depth < DEEPEST && error instanceof Error; depth++) {
    cost += ERROR_OVERHEAD + 2 * (error.message.length + stackOf(error).length)
    error = error.cause
  }
  if (peer !== undefined) cost += costOfProperties(peer.properties) + costOfProperties(peer.metadata)
  return cost
}

/** Returns the stack as text. Applications may set `Error.prepareStackTrace`, so a stack can have any type. */
function stackOf(error: Error): string {
  try {
    return String(error.stack)
  } catch {
    return ""
  }
}

function costOfProperties(properties: ReadonlyMap<string, Uint8Array> | undefined): number {
  let cost = 0
  for (const [name, value] of properties ?? []) cost += PROPERTY_OVERHEAD + 2 * name.length + value.length
  return cost
}
