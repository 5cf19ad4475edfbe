import { MAX_ROUTING_ID } from "../zmtp/engine.js"
import type { Peer } from "../zmtp/peer.js"
import type { Terms } from "./port-pipe.js"

/** What one side of a port says to the other. `own` tells whether the pipe is one that the speaker has opened. */
export type Word =
  | readonly [kind: "names", names: readonly string[]]
  | readonly [kind: "bound" | "released", name: string]
  | readonly [kind: "open", own: true, pipe: number, name: string, self: Peer, terms: Terms]
  | readonly [kind: "met", own: false, pipe: number, self: Peer, terms: Terms]
  | readonly [kind: "refused", own: false, pipe: number]
  | readonly [kind: "message", own: boolean, pipe: number, frames: readonly Uint8Array[]]
  | readonly [kind: "took", own: boolean, pipe: number, count: number]
  | readonly [kind: "terms", own: boolean, pipe: number, terms: Terms]
  | readonly [kind: "end", own: boolean, pipe: number]
  | readonly [kind: "left"]

/** Most characters of a name that is told through a port. */
export const MAX_NAME = 1024

/** Whether what has come through a port is a word. */
export function isWord([kind, ...values]: readonly unknown[]): boolean {
  const shape = SHAPES.get(kind)
  return shape?.length === values.length && shape.every((fits, index) => fits(values[index]))
}

type Fits = (value: unknown) => boolean

const isName: Fits = (value) => typeof value === "string" && value.length <= MAX_NAME
const isNames: Fits = (value) => Array.isArray(value) && value.every(isName)
const isTrue: Fits = (value) => value === true
const isFalse: Fits = (value) => value === false
const isFlag: Fits = (value) => typeof value === "boolean"
const isCount: Fits = (value) => Number.isSafeInteger(value) && (value as number) >= 0
const isMark: Fits = (value) => value === undefined || (typeof value === "number" && value >= 0)
const isChoice: Fits = (value) => value === undefined || isFlag(value)
const isFrames: Fits = (value) => Array.isArray(value) && value.length > 0 && value.every(isBytes)

/** What lies in shared memory could still change. */
const isBytes: Fits = (value) =>
  tagOf(value) === "[object Uint8Array]" && tagOf((value as Uint8Array).buffer) === "[object ArrayBuffer]"

function isPeer(value: unknown): boolean {
  if (!isObject(value)) return false
  const { socketType, routingId } = value
  return isName(socketType) && isBytes(routingId) && (routingId as Uint8Array).length <= MAX_ROUTING_ID
}

function isTerms(value: unknown): boolean {
  if (!isObject(value)) return false
  const { sendMark, receiveMark, sendBytes, receiveBytes, conflatesSent, conflatesReceived } = value
  return (
    [sendMark, receiveMark, sendBytes, receiveBytes].every(isMark) && [conflatesSent, conflatesReceived].every(isChoice)
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null
}

/** Tells what kind of object `value` is, wherever its class comes from. */
function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value)
}

const SHAPES: ReadonlyMap<unknown, readonly Fits[]> = new Map<Word[0], readonly Fits[]>([
  ["names", [isNames]],
  ["bound", [isName]],
  ["released", [isName]],
  ["open", [isTrue, isCount, isName, isPeer, isTerms]],
  ["met", [isFalse, isCount, isPeer, isTerms]],
  ["refused", [isFalse, isCount]],
  ["message", [isFlag, isCount, isFrames]],
  ["took", [isFlag, isCount, isCount]],
  ["terms", [isFlag, isCount, isTerms]],
  ["end", [isFlag, isCount]],
  ["left", []],
])
