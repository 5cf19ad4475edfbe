import { MAX_ROUTING_ID } from "../zmtp/limits.js"
import type { Peer } from "../zmtp/peer.js"

// What comes through a MessagePort or a BroadcastChannel can be anything. Of arrays and objects only single elements are
// read: arrays may have holes, or properties where their methods are looked for.

type Whole<T> = { [Key in keyof T]: Exclude<T[Key], undefined> }

/** `parts` when all of them are there. */
export function whole<const T extends readonly unknown[]>(parts: T): Whole<T> | undefined {
  return parts.includes(undefined) ? undefined : (parts as Whole<T>)
}

/** A list of what `parse` makes of each item; `undefined` if it can make nothing of one, or there are too many. */
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

/** What lies in shared memory could still change. */
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

/** Most characters in the name of a socket type. */
const MAX_SOCKET_TYPE = 1024

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null
}

/** Shared memory of `size` bytes, or of any size. */
export function isShared(value: unknown, size?: number): value is SharedArrayBuffer {
  if (tagOf(value) !== "[object SharedArrayBuffer]") return false
  return size === undefined || (value as SharedArrayBuffer).byteLength === size
}

/** Tells what kind of object `value` is, wherever its class comes from. */
function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value)
}
