import { zmqError } from "../../core/errors.js"
import * as attachment from "../../transports/attached/attachment.js"
import { createStreams } from "../../transports/attached/streams.js"
import { createConnectionSecurity } from "../../transports/security/connection-security.js"
import type { CurveCrypto } from "../../zmtp/handshake/curve/crypto.js"
import type { Platform } from "../platform.js"
import type { Feature } from "../features.js"

/** Adds streams of the application's to `platform`, and what their connections can do. */
export function addStreams(platform: Platform, curve: CurveCrypto | undefined): void {
  const security = createConnectionSecurity(() => {
    if (curve !== undefined) return curve
    throw zmqError("ENOTSUP", { message: "CURVE needs a library here: useStreams({ curve })" })
  })
  platform.streams = createStreams(security, () => Promise.resolve(attachment))
  // Options read it whenever they are set.
  const features = platform.features as Set<Feature>
  features.add("heartbeats")
  features.add("security")
}
