import type { Frame } from "./bytes.js"
import { quoted } from "./printable.js"
import { ProtocolError } from "./protocol-error.js"

/** Size of a routing id that a ROUTER generates for a peer without one, in bytes. The first byte is zero. */
export const GENERATED_SIZE = 5

/**
 * Whether `id` has the form of generated routing ids. A peer that could choose one would receive messages for another
 * peer. Other ids that start with zero violate RFC 37, "The Identity Property", too, but libzmq accepts them, and one in
 * 256 random ids starts with zero.
 */
export function isReserved(id: Frame): boolean {
  return id.length === GENERATED_SIZE && id[0] === 0
}

/**
 * The reason to reject a peer that calls itself `id`, if there is one. An empty id is always accepted.
 * @param isTaken Whether another peer with this id must be kept.
 */
export function routingIdRejection(id: Frame, isTaken: () => boolean): ProtocolError | undefined {
  if (isReserved(id)) {
    return rejection("Invalid routing id: ids of 5 bytes that begin with zero are reserved for generated ids")
  }
  return id.length > 0 && isTaken() ? rejection(takenId(id)) : undefined
}

/** The error message for a routing id that another peer already has. */
export function takenId(id: Uint8Array): string {
  return `Routing id ${quoted(id)} is in use by another peer`
}

function rejection(message: string): ProtocolError {
  return new ProtocolError("ERR_ZMTP_INVALID_METADATA", message)
}
