import { CurveClient } from "./curve/client.js"
import { CurveServer } from "./curve/server.js"
import type { Mechanism } from "./mechanism.js"
import { NullMechanism } from "./null.js"
import { PlainClient, PlainServer } from "./plain.js"
import type { Security } from "./security.js"

/**
 * Creates this side of the handshake for `security`.
 * @param metadata This side's properties, encoded.
 * @param waits Whether to wait for the peer's properties before sending our own. Servers of PLAIN and CURVE always
 * wait, and clients never do.
 */
export function createMechanism(security: Security, metadata: Uint8Array, waits = false): Mechanism {
  switch (security.mechanism) {
    case "NULL":
      return new NullMechanism(metadata, security.authenticates, waits)
    case "PLAIN":
      return security.asServer ? new PlainServer(metadata) : new PlainClient(metadata, security)
    case "CURVE":
      return security.asServer ? new CurveServer(metadata, security) : new CurveClient(metadata, security)
  }
}
