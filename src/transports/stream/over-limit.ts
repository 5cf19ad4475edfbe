import { zmqError } from "../../core/errors.js"
import type { LimitName } from "../../zmtp/protocol-error.js"

/** One peer more than there may be, whatever it has done. */
export function overLimit(limit: LimitName, message: string): Error {
  return Object.assign(zmqError("EMFILE", { message }), { limit })
}

export function departedPeersExceeded(): Error {
  const message =
    "Messages that departed peers have left, and that were not received yet, are over receiveHighWaterBytes"
  return overLimit("messages of departed peers", message)
}
