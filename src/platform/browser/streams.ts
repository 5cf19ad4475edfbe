import { zmqError } from "../../core/errors.js"
import * as attachment from "../../transports/attached/attachment.js"
import { createStreams } from "../../transports/attached/streams.js"
import { createConnectionFeatures } from "../../transports/authentication/connection-features.js"
import type { CurveCrypto } from "../../zmtp/handshake/curve/crypto.js"
import type { Platform } from "../platform.js"

/** Adds support for streams of the application to `platform`, including the features of their connections. */
export function addStreams(platform: Platform, curve: CurveCrypto | undefined): void {
  const connectionFeatures = createConnectionFeatures(() => {
    if (curve !== undefined) return curve
    throw zmqError("ENOTSUP", {
      message: "CURVE requires a cryptographic library on this platform: call useStreams({ curve })",
    })
  })
  platform.streams = createStreams(
    () => connectionFeatures,
    () => Promise.resolve(attachment),
  )
  platform.features.add("heartbeats").add("security")
}
