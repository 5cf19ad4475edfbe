import { endpointError } from "../core/errors.js"

/** The two parts of an endpoint: `tcp://127.0.0.1:5555` has the scheme `tcp` and the address `127.0.0.1:5555`. */
export interface Endpoint {
  readonly scheme: string
  readonly address: string
}

/** @throws ZmqError EINVAL if the scheme, `://`, or the address is missing, or if `text` contains a zero byte. */
export function parseEndpoint(text: string): Endpoint {
  // The system and libzmq stop at a zero byte, so they would use a different endpoint than the one that the application
  // checked.
  if (text.includes("\0")) throw endpointError("EINVAL", text, "it contains a zero byte")
  const at = text.indexOf("://")
  if (at <= 0) throw endpointError("EINVAL", text, "missing scheme, such as tcp://")
  if (at + 3 === text.length) throw endpointError("EINVAL", text, "missing address after ://")
  return { scheme: text.slice(0, at), address: text.slice(at + 3) }
}
