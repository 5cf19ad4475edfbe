import { allocate, encodeText } from "./bytes.js"

/** A command's body: `length, name, data` (RFC 37, "Commands"). */
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
