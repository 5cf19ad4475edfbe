import type { PipeLimits } from "../../core/pipe.js"
import { isCount, isObject, listOf, parseBytes, parsePeer, whole } from "../../core/parse.js"
import type { Peer } from "../../zmtp/peer.js"

/** What one side of a port says to the other. `own` tells whether the pipe is one that the speaker has opened. */
export type Word =
  | readonly [kind: "names", names: readonly string[]]
  | readonly [kind: "bound" | "released", name: string]
  | readonly [kind: "open", own: true, pipe: number, name: string, self: Peer, terms: PipeLimits]
  | readonly [kind: "met", own: false, pipe: number, self: Peer, terms: PipeLimits]
  | readonly [kind: "refused", own: false, pipe: number]
  | readonly [kind: "message", own: boolean, pipe: number, frames: readonly Uint8Array[]]
  | readonly [kind: "took", own: boolean, pipe: number, count: number]
  | readonly [kind: "terms", own: boolean, pipe: number, terms: PipeLimits]
  | readonly [kind: "end", own: boolean, pipe: number]
  | readonly [kind: "left"]

/** By this, words are told from what else may come through a port. */
const MARK = "zmtp.port.1"

/** Most names that may be bound beyond a port. */
export const MAX_NAMES = 65_536

/** Most characters of a name that is told through a port. */
export const MAX_NAME = 1024

/** `word` as it goes through a port. */
export function marked(word: Word): unknown[] {
  return [MARK, ...word]
}

export function isMarked(data: unknown): data is readonly unknown[] {
  return Array.isArray(data) && data[0] === MARK
}

/**
 * What has come through a port, if it is a word. Nothing of it but bytes is used itself.
 * @param data Marked.
 */
export function parseWord([, kind, own, pipe, first, second, third]: readonly unknown[]): Word | undefined {
  switch (kind) {
    case "left":
      return [kind]
    case "names":
      return whole([kind, listOf(own, parseName, MAX_NAMES)])
    case "bound":
    case "released":
      return whole([kind, parseName(own)])
  }
  if (typeof own !== "boolean" || !isCount(pipe)) return undefined
  switch (kind) {
    case "open":
      return own ? whole([kind, own, pipe, parseName(first), parsePeer(second), parseTerms(third)]) : undefined
    case "met":
      return own ? undefined : whole([kind, own, pipe, parsePeer(first), parseTerms(second)])
    case "refused":
      return own ? undefined : [kind, own, pipe]
    case "message":
      return whole([kind, own, pipe, parseFrames(first)])
    case "took":
      return isCount(first) ? [kind, own, pipe, first] : undefined
    case "terms":
      return whole([kind, own, pipe, parseTerms(first)])
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

function parseTerms(value: unknown): PipeLimits | undefined {
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
