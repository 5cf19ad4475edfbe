import { CurveClient } from "./curve/client.js"
import { CurveServer } from "./curve/server.js"
import type { Mechanism } from "./mechanism.js"
import { NullMechanism } from "./null.js"
import { PlainClient, PlainServer } from "./plain.js"
import type { Security } from "./security.js"

/** This side of the handshake that `security` asks for. */
export function createMechanism(security: Security, metadata: Uint8Array): Mechanism {
  const { mechanism, asServer } = security
  if (mechanism === "PLAIN") return asServer ? new PlainServer(metadata) : new PlainClient(metadata, security)
  if (mechanism === "CURVE") return asServer ? new CurveServer(metadata, security) : new CurveClient(metadata, security)
  return new NullMechanism(metadata, security.authenticates)
}
