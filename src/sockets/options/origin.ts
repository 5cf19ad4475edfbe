// The option `webSocketOrigin`: which web pages may connect.

import type { OriginCheck } from "../../transports/transport.js"
import { invalid, plain, type Option, type OptionFacts, type Scope } from "./option.js"

/** Origins of web pages, as browsers send them: one, a list, `"*"` for all, or a function that accepts some. */
export function origin<const Id extends number, const S extends Scope = "all">(
  facts: OptionFacts<OriginCheck | undefined, S, Id>,
): Option<OriginCheck | undefined, OriginCheck | undefined, S, Id> {
  return plain(facts, (value, name) => {
    if (!isOriginCheck(value)) throw new TypeError("Origins must be a string, an array, or a function")
    if (Array.isArray(value)) for (const origin of value as readonly string[]) checkOrigin(origin, name)
    else if (typeof value === "string" && value !== "*") checkOrigin(value, name)
    return value
  })
}

/** @throws ZmqError EINVAL unless `text` is a value that browsers send as an Origin header. */
function checkOrigin(text: string, name: string): void {
  if (text === "*") throw invalid(name, `["*"], expected "*" itself, which allows every origin`)
  const suggested = text.includes("*") ? undefined : originOf(text)
  if (suggested === text) return
  const isHost = !/\*|\/\//.test(text)
  const example = suggested ?? (isHost ? originOf(`http://${text}`) : undefined) ?? "https://example.com"
  throw invalid(
    name,
    `${JSON.stringify(text)}, expected an origin (a scheme, a host, and a port unless it is the default), such as ${JSON.stringify(example)}`,
  )
}

/**
 * The origin of the URL `text` (RFC 6454); `"null"` for files and sandboxed frames; `undefined` if it has no origin.
 */
function originOf(text: string): string | undefined {
  if (text === "null") return text
  try {
    const { protocol, host, origin } = new URL(text)
    if (origin !== "null") return origin
    // Apps and extensions, such as `chrome-extension://id`, for which `URL` has no origin.
    return host === "" ? undefined : `${protocol}//${host}`
  } catch {
    return undefined
  }
}

function isOriginCheck(value: unknown): value is OriginCheck | undefined {
  return value === undefined || typeof value === "string" || typeof value === "function" || Array.isArray(value)
}
