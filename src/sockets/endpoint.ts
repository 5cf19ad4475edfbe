import { endpointError } from "../core/errors.js"

/** An endpoint cut in two: `tcp://127.0.0.1:5555` is `tcp` and `127.0.0.1:5555`. */
export interface Endpoint {
  readonly scheme: string
  readonly address: string
}

/** @throws ZmqError EINVAL when there is no `://` or nothing on either side of it, or a zero byte anywhere. */
export function parseEndpoint(text: string): Endpoint {
  // The system, and libzmq, end at a zero byte: what it reads would not be what the application has checked.
  if (text.includes("\0")) throw endpointError("EINVAL", text, "it contains a zero byte")
  const at = text.indexOf("://")
  if (at <= 0) throw endpointError("EINVAL", text, "missing scheme, such as tcp://")
  if (at + 3 === text.length) throw endpointError("EINVAL", text, "missing address after ://")
  return { scheme: text.slice(0, at), address: text.slice(at + 3) }
}
