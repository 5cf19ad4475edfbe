import { zmqError } from "../core/errors.js"

/** An endpoint cut in two: `tcp://127.0.0.1:5555` is `tcp` and `127.0.0.1:5555`. */
export interface Endpoint {
  readonly scheme: string
  readonly address: string
}

/** @throws ZmqError EINVAL when there is no `://` or nothing on either side of it, or a zero byte anywhere. */
export function parseEndpoint(text: string): Endpoint {
  // The system, and libzmq, end at a zero byte: what it reads would not be what the application has checked.
  if (text.includes("\0")) {
    const cause = new Error(`Invalid endpoint ${JSON.stringify(text)}: it contains a zero byte`)
    throw zmqError("EINVAL", { address: text, cause })
  }
  const at = text.indexOf("://")
  if (at <= 0 || at + 3 === text.length) throw zmqError("EINVAL", { address: text })
  return { scheme: text.slice(0, at), address: text.slice(at + 3) }
}
