import type { PipeLimits } from "../../core/pipe/pipe-limits.js"
import { isCount, isObject, listOf, parseBytes, parsePeer, allDefined } from "../inproc/parse.js"
import type { Peer } from "../../zmtp/peer.js"

/** A message between the two sides of a port. `own`: the sender of this message opened the pipe. */
export type PortMessage =
  | readonly [kind: "names", names: readonly string[]]
  | readonly [kind: "bound" | "released", name: string]
  | readonly [kind: "open", own: true, pipe: number, name: string, self: Peer, limits: PipeLimits]
  | readonly [kind: "accepted", own: false, pipe: number, self: Peer, limits: PipeLimits]
  | readonly [kind: "refused", own: false, pipe: number]
  | readonly [kind: "message", own: boolean, pipe: number, frames: readonly Uint8Array[]]
  | readonly [kind: "acknowledged", own: boolean, pipe: number, count: number]
  | readonly [kind: "limits", own: boolean, pipe: number, limits: PipeLimits]
  | readonly [kind: "end", own: boolean, pipe: number]
  | readonly [kind: "left"]

/** Distinguishes our messages from anything else posted to the port. */
const MARK = "zmtp.port.1"

/** Maximum number of names bound on the other side. */
export const MAX_NAMES = 65_536

/** Maximum length of a name, in characters. */
export const MAX_NAME = 1024

/** Converts `message` to the form that is posted. */
export function marked(message: PortMessage): unknown[] {
  return [MARK, ...message]
}

export function isMarked(data: unknown): data is readonly unknown[] {
  return Array.isArray(data) && data[0] === MARK
}

/**
 * Validates a received message and copies everything except the bytes. Returns `undefined` if it is malformed.
 * @param data A value that `isMarked` accepted.
 */
export function parsePortMessage([, kind, own, pipe, first, second, third]: readonly unknown[]):
  PortMessage | undefined {
  switch (kind) {
    case "left":
      return [kind]
    case "names":
      return allDefined([kind, listOf(own, parseName, MAX_NAMES)])
    case "bound":
    case "released":
      return allDefined([kind, parseName(own)])
  }
  if (typeof own !== "boolean" || !isCount(pipe)) return undefined
  switch (kind) {
    case "open":
      return own ? allDefined([kind, own, pipe, parseName(first), parsePeer(second), parseLimits(third)]) : undefined
    case "accepted":
      return own ? undefined : allDefined([kind, own, pipe, parsePeer(first), parseLimits(second)])
    case "refused":
      return own ? undefined : [kind, own, pipe]
    case "message":
      return allDefined([kind, own, pipe, parseFrames(first)])
    case "acknowledged":
      return isCount(first) ? [kind, own, pipe, first] : undefined
    case "limits":
      return allDefined([kind, own, pipe, parseLimits(first)])
    case "end":
      return [kind, own, pipe]
    default:
      return undefined
  }
}

function parseName(value: unknown): string | undefined {
  return typeof value === "string" && value.length <= MAX_NAME ? value : undefined
}

function parseFrames(value: unknown): Uint8Array[] | undefined {
  const frames = listOf(value, parseBytes)
  return frames?.length === 0 ? undefined : frames
}

function parseLimits(value: unknown): PipeLimits | undefined {
  if (!isObject(value)) return undefined
  const { sendMark, receiveMark, sendBytes, receiveBytes, conflatesSent, conflatesReceived } = value
  if (!isMark(sendMark) || !isMark(receiveMark) || !isMark(sendBytes) || !isMark(receiveBytes)) return undefined
  if (!isChoice(conflatesSent) || !isChoice(conflatesReceived)) return undefined
  return { sendMark, receiveMark, sendBytes, receiveBytes, conflatesSent, conflatesReceived }
}

function isMark(value: unknown): value is number | undefined {
  return value === undefined || (typeof value === "number" && value >= 0)
}

function isChoice(value: unknown): value is boolean | undefined {
  return value === undefined || typeof value === "boolean"
}
