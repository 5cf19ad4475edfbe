import type { ByteStreamOwner } from "../../core/connection/byte-stream.js"

/** Creates an owner for a stream that is ending: it ignores all events except the end. */
export function ignoringOwner(closed: ByteStreamOwner["closed"]): ByteStreamOwner {
  return {
    requestRoom: () => undefined,
    data: () => undefined,
    pingAnswered: () => undefined,
    drained: () => undefined,
    closed,
  }
}
