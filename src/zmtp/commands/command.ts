// Commands (RFC 37, "Commands"): their format, and those that belong to no mechanism: ERROR, and those after the
// handshake.

import { allocate, binaryKey, encodeText, type Frame } from "../bytes.js"

/** A command, taken from the body of its frame. */
export interface Command {
  /** Name of the command, such as `"READY"`. */
  readonly name: string
  /** A view of the body. */
  readonly data: Frame
}

/** Encodes a command as the body of a frame: length of the name, name, data (RFC 37, "Commands"). */
export function encodeCommand(name: string, ...data: readonly Uint8Array[]): Uint8Array {
  const size = data.reduce((sum, part) => sum + part.length, 1 + name.length)
  const body = allocate(size)
  body[0] = name.length
  body.set(encodeText(name), 1)
  let position = 1 + name.length
  for (const part of data) {
    body.set(part, position)
    position += part.length
  }
  return body
}

/** The data of `body` if it is the command `name`, else `undefined`. Names are compared exactly, as libzmq does. */
export function commandData(body: Uint8Array, name: string): Uint8Array | undefined {
  if (body[0] !== name.length) return undefined
  for (let index = 0; index < name.length; index++) {
    if (body[1 + index] !== name.charCodeAt(index)) return undefined
  }
  return body.subarray(1 + name.length)
}

/**
 * Parses the body of a frame as a command. Returns `undefined` if it does not begin with a name in printable ASCII. The
 * COMMAND flag is checked elsewhere; some peers do not set it during the handshake.
 */
export function parseCommand(body: Frame): Command | undefined {
  // NaN for an empty body.
  const end = 1 + body[0]!
  if (!(end <= body.length)) return undefined
  const name = binaryKey(body.subarray(1, end))
  return /^[\x21-\x7e]+$/.test(name) ? { name, data: body.subarray(end) } : undefined
}
