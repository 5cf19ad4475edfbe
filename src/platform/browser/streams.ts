import { zmqError } from "../../core/errors.js"
import * as attachment from "../../transports/attached/attachment.js"
import { createStreams } from "../../transports/attached/streams.js"
import { createConnectionSecurity } from "../../transports/authentication/connection-security.js"
import type { CurveCrypto } from "../../zmtp/handshake/curve/crypto.js"
import type { Platform } from "../platform.js"
import type { Feature } from "../features.js"

/** Adds support for streams of the application to `platform`, including the features of their connections. */
export function addStreams(platform: Platform, curve: CurveCrypto | undefined): void {
  const security = createConnectionSecurity(() => {
    if (curve !== undefined) return curve
    throw zmqError("ENOTSUP", {
      message: "CURVE requires a cryptographic library on this platform: call useStreams({ curve })",
    })
  })
  platform.streams = createStreams(
    () => security,
    () => Promise.resolve(attachment),
  )
  // Options check this set each time they are assigned.
  const features = platform.features as Set<Feature>
  features.add("heartbeats")
  features.add("security")
}
