import { MAX_ROUTING_ID } from "../../zmtp/limits.js"
import type { Peer } from "../../zmtp/peer.js"

// Values from a MessagePort or a BroadcastChannel can be anything. Arrays and objects are accessed by element only,
// because arrays may have holes, and objects may have properties in place of methods.

type AllDefined<T> = { [Key in keyof T]: Exclude<T[Key], undefined> }

/** Returns `parts`, or `undefined` if any of them is `undefined`. */
export function allDefined<const T extends readonly unknown[]>(parts: T): AllDefined<T> | undefined {
  return parts.includes(undefined) ? undefined : (parts as AllDefined<T>)
}

/** Parses each item of a list. Returns `undefined` if an item is invalid or the list has more than `most` items. */
export function listOf<T>(value: unknown, parse: (item: unknown) => T | undefined, most = Infinity): T[] | undefined {
  if (!Array.isArray(value) || value.length > most) return undefined
  const list: T[] = []
  for (let index = 0; index < value.length; index++) {
    const item = parse(value[index])
    if (item === undefined) return undefined
    list.push(item)
  }
  return list
}

/** Parses bytes. Rejects shared memory, because its owner could still modify it. */
export function parseBytes(value: unknown): Uint8Array | undefined {
  const isBytes =
    tagOf(value) === "[object Uint8Array]" && tagOf((value as Uint8Array).buffer) === "[object ArrayBuffer]"
  return isBytes ? (value as Uint8Array) : undefined
}

export function parsePeer(value: unknown): Peer | undefined {
  if (!isObject(value)) return undefined
  const { socketType, routingId } = value
  const id = parseBytes(routingId)
  if (typeof socketType !== "string" || socketType.length > MAX_SOCKET_TYPE) return undefined
  return id === undefined || id.length > MAX_ROUTING_ID ? undefined : { socketType, routingId: id }
}

/** Maximum length of the name of a socket type, in characters. */
const MAX_SOCKET_TYPE = 1024

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null
}

/** Whether `value` is shared memory, and has `size` bytes if that is given. */
export function isShared(value: unknown, size?: number): value is SharedArrayBuffer {
  if (tagOf(value) !== "[object SharedArrayBuffer]") return false
  return size === undefined || (value as SharedArrayBuffer).byteLength === size
}

/** The class of `value`, even if it comes from another realm. */
function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value)
}
