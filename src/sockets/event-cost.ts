import type { NetworkPeer } from "../zmtp/peer.js"

/** What an event takes in addition to its texts and what it says of a peer, in bytes; likewise an error, and a property. */
const EVENT_OVERHEAD = 512
const ERROR_OVERHEAD = 1024
const PROPERTY_OVERHEAD = 256

/** Causes of causes that are looked at. */
const DEEPEST = 8

/**
 * What an event takes in memory while it waits, in bytes. Reads the stacks of its errors: until then an error holds on to
 * everything that was called when it was made, such as the connection, and the bytes that the peer has sent.
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

/** Applications may have their own idea of what a stack is. */
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
