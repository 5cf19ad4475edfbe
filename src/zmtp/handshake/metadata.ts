import { allocate, decodeText, encodeText, ownCopy } from "../bytes.js"
import { quoted } from "../printable.js"
import { LimitError, ProtocolError } from "../protocol-error.js"

/** Properties of a peer by their name in lower case: names are case-insensitive (RFC 37, "Connection Metadata"). */
export type Metadata = ReadonlyMap<string, Uint8Array>

/** Maximum number of properties that a peer may announce. */
export const MAX_PROPERTIES = 64

/** `length, name, length, value` for each property, in the order given. */
export function encodeMetadata(properties: readonly (readonly [name: string, value: Uint8Array])[]): Uint8Array {
  const named = properties.map(([name, value]) => [encodeText(name), value] as const)
  const size = named.reduce((sum, [name, value]) => sum + 1 + name.length + 4 + value.length, 0)
  const bytes = allocate(size)
  const view = new DataView(bytes.buffer, bytes.byteOffset, size)
  let position = 0
  for (const [name, value] of named) {
    bytes[position] = name.length
    bytes.set(name, position + 1)
    position += 1 + name.length
    view.setUint32(position, value.length)
    bytes.set(value, position + 4)
    position += 4 + value.length
  }
  return bytes
}

/**
 * Parses properties. If a name occurs twice, the first value counts. All values share one copy of the bytes.
 * @throws ProtocolError with `code` if `properties` is malformed.
 */
export function parseMetadata(
  properties: Uint8Array,
  code: "ERR_ZMTP_INVALID_METADATA" | "ERR_ZAP_INVALID_METADATA" = "ERR_ZMTP_INVALID_METADATA",
): Metadata {
  const metadata = new Map<string, Uint8Array>()
  const bytes = ownCopy(properties)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let position = 0
  let count = 0
  while (position < bytes.length) {
    if (++count > MAX_PROPERTIES) {
      throw new LimitError("properties of a handshake", `Peer announces more than ${MAX_PROPERTIES} properties`, code)
    }
    const nameEnd = position + 1 + bytes[position]!
    if (nameEnd + 4 > bytes.length) throw new ProtocolError(code, "Truncated property name")
    const name = decodeText(bytes.subarray(position + 1, nameEnd)).toLowerCase()
    const valueEnd = nameEnd + 4 + view.getUint32(nameEnd)
    if (valueEnd > bytes.length) throw new ProtocolError(code, `Truncated value of property ${quoted(name)}`)
    if (!metadata.has(name)) metadata.set(name, bytes.subarray(nameEnd + 4, valueEnd))
    position = valueEnd
  }
  return metadata
}
