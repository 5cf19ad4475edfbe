import { zmqError } from "../../core/errors.js"
import type { LimitName } from "../../zmtp/protocol-error.js"

/** The error for a peer that exceeds the number of connections or messages, regardless of what it has sent. */
export function overLimit(limit: LimitName, message: string): Error {
  return Object.assign(zmqError("EMFILE", { message }), { limit })
}

export function departedPeersExceeded(): Error {
  const message = "Unreceived messages of departed peers exceed receiveHighWaterBytes"
  return overLimit("messages of departed peers", message)
}
