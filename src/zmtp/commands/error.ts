import { concat, decodeText, encodeText, type Frame } from "../bytes.js"
import { ProtocolError, RefusedError } from "../protocol-error.js"
import { commandData, encodeCommand, parseCommand } from "./command.js"

/** Sent by libzmq's PLAIN servers instead of the length and name of the ERROR command. */
const MISSPELLED = /* @__PURE__ */ encodeText("^RROR")

/**
 * The error for a command other than `expected`. For ERROR, it contains the peer's reason.
 * @param expected The only command allowed now, or `undefined` for none.
 */
export function unexpected(body: Frame, expected: string | undefined): Error {
  const error = commandData(body, "ERROR") ?? misspelledError(body)
  if (error === undefined) {
    const received = parseCommand(body)?.name ?? "a malformed command"
    const message = `Unexpected command: expected ${expected ?? "none"}, got ${received}`
    return new ProtocolError("ERR_ZMTP_UNEXPECTED_COMMAND", message)
  }
  if (error.length === 0 || error.length < 1 + error[0]!) {
    return new ProtocolError("ERR_ZMTP_MALFORMED_COMMAND_ERROR", "Malformed ERROR command: truncated reason")
  }
  return new RefusedError(decodeText(error.subarray(1, 1 + error[0]!)))
}

/** Encodes the ERROR command. @param misspelled Whether to use the spelling of libzmq's PLAIN servers. */
export function encodeError(reason: string, misspelled: boolean): Uint8Array {
  const data = Uint8Array.of(reason.length, ...encodeText(reason))
  if (!misspelled) return encodeCommand("ERROR", data)
  return concat([MISSPELLED, data], MISSPELLED.length + data.length)
}

function misspelledError(body: Uint8Array): Uint8Array | undefined {
  return MISSPELLED.every((byte, index) => body[index] === byte) ? body.subarray(MISSPELLED.length) : undefined
}
