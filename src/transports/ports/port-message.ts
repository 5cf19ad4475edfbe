import { MAX_ROUTING_ID } from "../../zmtp/limits.js"
import type { Peer } from "../../zmtp/peer.js"
import type { PipeLimits } from "../../core/pipe.js"

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
 * What has come through a port, if it is a word. Nothing of it but bytes is used itself: arrays may have holes, or
 * properties where their methods are looked for.
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

type Whole<T> = { [Key in keyof T]: Exclude<T[Key], undefined> }

/** `parts` when all of them are there. */
function whole<const T extends readonly unknown[]>(parts: T): Whole<T> | undefined {
  return parts.includes(undefined) ? undefined : (parts as Whole<T>)
}

function listOf<T>(value: unknown, parse: (item: unknown) => T | undefined, most = Infinity): T[] | undefined {
  if (!Array.isArray(value) || value.length > most) return undefined
  const list: T[] = []
  for (let index = 0; index < value.length; index++) {
    const item = parse(value[index])
    if (item === undefined) return undefined
    list.push(item)
  }
  return list
}

function parseName(value: unknown): string | undefined {
  return typeof value === "string" && value.length <= MAX_NAME ? value : undefined
}

function parseFrames(value: unknown): Uint8Array[] | undefined {
  const frames = listOf(value, parseBytes)
  return frames?.length === 0 ? undefined : frames
}

/** What lies in shared memory could still change. */
function parseBytes(value: unknown): Uint8Array | undefined {
  const isBytes =
    tagOf(value) === "[object Uint8Array]" && tagOf((value as Uint8Array).buffer) === "[object ArrayBuffer]"
  return isBytes ? (value as Uint8Array) : undefined
}

function parsePeer(value: unknown): Peer | undefined {
  if (!isObject(value)) return undefined
  const { socketType, routingId } = value
  const [type, id] = [parseName(socketType), parseBytes(routingId)]
  return type === undefined || id === undefined || id.length > MAX_ROUTING_ID
    ? undefined
    : { socketType: type, routingId: id }
}

function parseTerms(value: unknown): PipeLimits | undefined {
  if (!isObject(value)) return undefined
  const { sendMark, receiveMark, sendBytes, receiveBytes, conflatesSent, conflatesReceived } = value
  if (!isMark(sendMark) || !isMark(receiveMark) || !isMark(sendBytes) || !isMark(receiveBytes)) return undefined
  if (!isChoice(conflatesSent) || !isChoice(conflatesReceived)) return undefined
  return { sendMark, receiveMark, sendBytes, receiveBytes, conflatesSent, conflatesReceived }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isMark(value: unknown): value is number | undefined {
  return value === undefined || (typeof value === "number" && value >= 0)
}

function isChoice(value: unknown): value is boolean | undefined {
  return value === undefined || typeof value === "boolean"
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null
}

/** Tells what kind of object `value` is, wherever its class comes from. */
function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value)
}
