// What an option is, and one constructor for each kind of value. The options themselves are in table.ts.

import { warn } from "../../core/runtime.js"
import { zmqError } from "../../core/errors.js"
import type { OriginCheck } from "../../transports/transport.js"
import type { Authenticator } from "../../transports/security/zap.js"
import { asFrame, decodeText, EMPTY, encodeText, type Frame, isBytes } from "../../zmtp/bytes.js"
import type { Security } from "../../zmtp/handshake/security.js"
import type { SocketTypeName } from "../../zmtp/socket-types.js"
import type { Feature } from "../../platform/features.js"

/** Which sockets have an option: all of them, those that can send or receive, or those of the named types. */
export type Scope = "all" | "senders" | "receivers" | SocketTypeName

/** Which sockets have an option. */
export interface Scoped<S extends Scope> {
  /** Default: all sockets. */
  readonly sockets?: S | readonly S[]
}

/** Everything about an option that is data. `Setting` is the type of the stored value. */
export interface OptionFacts<Setting, S extends Scope, Id extends number> extends Scoped<S> {
  /** `ZMQ_…` number; numbers from 9000 on are not used by libzmq. */
  readonly id: Id
  /** Stored value of a new socket. */
  readonly initial: Setting
  /** Stored value of new sockets of these types, where it differs from `initial`. */
  readonly initialFor?: Readonly<Partial<Record<SocketTypeName, Setting>>>
  /**
   * Whether a new value applies at once, to endpoints bound or connected afterwards (the default), or never: it is only
   * stored. A socket that has endpoints warns about all but the first.
   */
  readonly takesEffect?: "immediately" | "at-next-endpoint" | "never"
  /** The platform's feature without which the option could not have an effect: setting it is ENOTSUP there. */
  readonly requires?: Feature
  /** The value can be set but reads as `undefined`, as in zeromq.js. */
  readonly writeOnly?: true
  /** It limits queues: those of existing pipes follow a new value. */
  readonly limitsQueues?: true
}

/** How the typed methods of a socket (`getInt32Option` …) access an option by number; `none`: not at all. */
export type NativeType = "int32" | "int64" | "uint32" | "uint64" | "boolean" | "string" | "none"

/** An option. `Setting` is the type of the stored value, `Value` that of the property. */
export interface Option<Setting, Value, S extends Scope = Scope, Id extends number = number> extends OptionFacts<
  Setting,
  S,
  Id
> {
  readonly native: NativeType
  /** Smallest and largest valid number, or length of a string in bytes. */
  readonly range?: readonly [min: number, max: number]
  /** Numbers that stand for a boolean where it is set by number. */
  readonly numbers?: readonly [min: number, max: number]
  /**
   * Converts `value` to what is stored.
   * @throws TypeError for a value of the wrong type; ZmqError EINVAL when it is invalid or out of range.
   */
  parse(value: unknown, name: string, current: Setting, settings: ParserSettings): Setting
  /** Converts a stored value to what the property reads. @throws ZmqError EINVAL when the option cannot be read. */
  format(setting: Setting, settings: SecuritySettings): Value
  /** Updates settings that depend on this one, after `value` was stored. */
  afterSet?(settings: SecuritySettings, value: unknown): void
}

/** The settings that the validity of other options depends on. */
export interface ParserSettings {
  readonly ipv6: boolean
}

/** The settings that security options change together. */
export interface SecuritySettings {
  /** The mechanism and the role chosen by the security option that was set last. */
  mechanism: Security["mechanism"]
  asServer: boolean
  plainServer: boolean
  plainUsername: Frame
  plainPassword: Frame
  curveServer: boolean
  curvePublicKey: Frame
  curveSecretKey: Frame
  curveServerKey: Frame
}

interface NumberFacts<S extends Scope, Id extends number> extends OptionFacts<number, S, Id> {
  /** Default: 0, or the smallest 64-bit integer for `int64`. */
  readonly min?: number
  /** Default: the largest integer of its size. */
  readonly max?: number
  /** The value is rounded toward zero to a multiple of this. Default: 1. */
  readonly step?: number
}

interface StringFacts<S extends Scope, Id extends number> extends OptionFacts<Frame, S, Id> {
  /** Smallest and largest length in bytes. Default: 0 and 2^31 - 1. */
  readonly min?: number
  readonly max?: number
  /** `null` resets the option, whatever `min` is. */
  readonly nullable?: true
}

const MAX_INT32 = 0x7fff_ffff
const INT64 = [-(2 ** 63), 2 ** 63] as const
const UINT64 = [0, 2 ** 64] as const

/** A signed 32-bit integer. Fractions are truncated, and larger numbers wrap around, as in C. */
export function int32<const Id extends number, const S extends Scope = "all">(
  facts: NumberFacts<S, Id>,
): Option<number, number, S, Id> {
  const { min = 0, max = MAX_INT32, step = 1 } = facts
  return {
    ...facts,
    native: "int32",
    range: [min, max],
    parse: (value, name) => checkRange(name, requireNumber(value) | 0, min, max, step),
    format: identity,
  }
}

/** A signed 64-bit integer, as far as a number can hold it. Infinity and NaN become 0, unless only finite numbers are valid. */
export function int64<const Id extends number, const S extends Scope = "all">(
  facts: NumberFacts<S, Id> & { readonly finite?: true },
): Option<number, number, S, Id> {
  const { min = INT64[0], max = INT64[1], finite = false } = facts
  return {
    ...facts,
    native: "int64",
    range: [min, max],
    parse(value, name) {
      const number = requireNumber(value)
      if (finite && !Number.isFinite(number)) throw invalid(name, `${number}, expected ${min} to ${max}`)
      return checkRange(name, clamp(number, INT64), min, max, 1)
    },
    format: identity,
  }
}

/** An unsigned 32-bit integer of which libzmq takes the positive half of the signed ones. */
export function uint32<const Id extends number, const S extends Scope = "all">(
  facts: NumberFacts<S, Id>,
): Option<number, number, S, Id> {
  const { min = 0, max = MAX_INT32 } = facts
  return {
    ...facts,
    native: "uint32",
    range: [min, max],
    parse: (value, name) => checkRange(name, requireNumber(value) >>> 0, min, max, 1),
    format: identity,
  }
}

/** An unsigned 64-bit integer. Negative numbers become 0; numbers that may have lost digits cause a warning. */
export function uint64<const Id extends number, const S extends Scope = "all">(
  facts: OptionFacts<number, S, Id>,
): Option<number, number, S, Id> {
  return {
    ...facts,
    native: "uint64",
    range: UINT64,
    parse(value) {
      const number = requireNumber(value)
      if (number > Number.MAX_SAFE_INTEGER) {
        warn("Value is larger than Number.MAX_SAFE_INTEGER and may have been rounded inaccurately.")
      }
      return clamp(number, UINT64)
    },
    format: identity,
  }
}

/** A number for a transport that does not exist here: setting and reading it is EINVAL, as in libzmq without it. */
export function absentNumber<const Id extends number, const S extends Scope = "all">(
  facts: OptionFacts<number, S, Id>,
): Option<number, number, S, Id> {
  return {
    ...facts,
    native: "uint64",
    parse(value) {
      requireNumber(value)
      throw zmqError("EINVAL")
    },
    format() {
      throw zmqError("EINVAL")
    },
  }
}

interface FlagFacts<Name extends string, S extends Scope, Id extends number> extends OptionFacts<number, S, Id> {
  /** What each bit is called. */
  readonly names: Readonly<Record<Name, number>>
}

/** Names, stored as bits. One name may be given alone, and a number stands for its bits; it reads as an array. */
export function flags<const Name extends string, const Id extends number, const S extends Scope = "all">(
  facts: FlagFacts<Name, S, Id>,
): Option<number, Name | readonly Name[] | null, S, Id> {
  const bits = new Map<unknown, number>(Object.entries(facts.names))
  const all = [...bits.values()].reduce((sum, bit) => sum | bit, 0)
  return {
    ...facts,
    native: "none",
    parse(value, name) {
      if (value === null) return 0
      if (typeof value === "number") {
        if ((value & ~all) !== 0 || !Number.isInteger(value)) throw invalid(name, `${value}, expected bits of ${all}`)
        return value
      }
      if (typeof value !== "string" && !Array.isArray(value)) {
        throw new TypeError("Option value must be a name, or an array of names")
      }
      return [value].flat().reduce<number>((sum, flag: unknown) => {
        const bit = bits.get(flag)
        if (bit !== undefined) return sum | bit
        throw invalid(name, `${JSON.stringify(flag)}, expected ${[...bits.keys()].join(", ")}`)
      }, 0)
    },
    format: (setting) =>
      Object.keys(facts.names).filter((name) => (setting & facts.names[name as Name]) !== 0) as Name[],
  }
}

/** Numbers that stand for a boolean where any does: 0 for false, all others for true. */
export const ANY_NUMBER = [-MAX_INT32 - 1, MAX_INT32] as const

/** Numbers that stand for a boolean where no negative one does. */
export const NATURAL_NUMBER = [0, MAX_INT32] as const

interface BooleanFacts<S extends Scope, Id extends number> extends OptionFacts<boolean, S, Id> {
  /** Numbers that stand for it where it is set by number. Default: 0 and 1. */
  readonly numbers?: readonly [min: number, max: number]
}

export function boolean<const Id extends number, const S extends Scope = "all">(
  facts: BooleanFacts<S, Id>,
): Option<boolean, boolean, S, Id> {
  return { ...facts, native: "boolean", parse: requireBoolean, format: identity }
}

/** Text or bytes, stored as bytes; empty by default. */
export function string<const Id extends number, const S extends Scope = "all">(
  facts: Omit<StringFacts<S, Id>, "initial">,
): Option<Frame, string | null, S, Id> {
  const { min = 0, max = MAX_INT32, nullable } = facts
  return {
    ...facts,
    initial: EMPTY,
    native: "string",
    range: [min, max],
    parse: (value, name) => (value === null && nullable === true ? EMPTY : parseText(value, name, min, max)),
    format: formatText,
  }
}

/** A value that has no counterpart in libzmq and is stored as it was given. */
function plain<T, const Id extends number, const S extends Scope>(
  facts: OptionFacts<T, S, Id>,
  parse: Option<T, T, S, Id>["parse"],
): Option<T, T, S, Id> {
  return { ...facts, native: "none", parse, format: identity }
}

/** Unknown values leave it unchanged, as in zeromq.js. */
export function verbosity<const Id extends number, const S extends Scope = "all">(
  facts: OptionFacts<"allSubs" | "allSubsUnsubs" | null, S, Id>,
): Option<"allSubs" | "allSubsUnsubs" | null, "allSubs" | "allSubsUnsubs" | null, S, Id> {
  return plain(facts, (value, _name, current) =>
    value === null || value === "allSubs" || value === "allSubsUnsubs" ? value : current,
  )
}

export function origin<const Id extends number, const S extends Scope = "all">(
  facts: OptionFacts<OriginCheck | undefined, S, Id>,
): Option<OriginCheck | undefined, OriginCheck | undefined, S, Id> {
  return plain(facts, (value, name) => {
    if (!isOriginCheck(value)) throw new TypeError("Origins must be a string, an array or a function")
    if (Array.isArray(value)) for (const origin of value as readonly string[]) checkOrigin(origin, name)
    else if (typeof value === "string" && value !== "*") checkOrigin(value, name)
    return value
  })
}

/** @throws ZmqError EINVAL unless browsers may send `text` as an Origin header. */
function checkOrigin(text: string, name: string): void {
  if (text === "*") throw invalid(name, `["*"], expected "*" itself, which allows every origin`)
  const suggested = text.includes("*") ? undefined : originOf(text)
  if (suggested === text) return
  const example = suggested ?? (text.includes("*") ? undefined : originOf(`http://${text}`)) ?? "https://example.com"
  throw invalid(
    name,
    `${JSON.stringify(text)}, expected an origin (a scheme, a host, and a port unless it is the default), such as ${JSON.stringify(example)}`,
  )
}

/** The origin of a page at `text` (RFC 6454), `"null"` for that of a file or of a sandboxed frame, or `undefined`. */
function originOf(text: string): string | undefined {
  if (text === "null") return text
  try {
    const { protocol, host, origin } = new URL(text)
    if (origin !== "null") return origin
    // Apps and extensions, such as `chrome-extension://id`, whose origins URL does not know.
    return host === "" ? undefined : `${protocol}//${host}`
  } catch {
    return undefined
  }
}

export function authenticator<const Id extends number, const S extends Scope = "all">(
  facts: OptionFacts<Authenticator | undefined, S, Id>,
): Option<Authenticator | undefined, Authenticator | undefined, S, Id> {
  return plain(facts, (value) => {
    if (isAuthenticator(value)) return value
    throw new TypeError("Authenticator must be a function")
  })
}

function identity<T>(setting: T): T {
  return setting
}

export function requireBoolean(value: unknown): boolean {
  if (typeof value !== "boolean") throw new TypeError("Option value must be a boolean")
  return value
}

function requireNumber(value: unknown): number {
  if (typeof value !== "number") throw new TypeError("Option value must be a number")
  return value
}

export function requireText(value: unknown): string | Uint8Array {
  if (typeof value === "string" || isBytes(value)) return value
  throw new TypeError("Option value must be a string or buffer")
}

function checkRange(name: string, number: number, min: number, max: number, step: number): number {
  if (!(number >= min && number <= max)) throw invalid(name, `${number}, expected ${min} to ${max}`)
  return number - (number % step)
}

function clamp(value: number, [min, max]: readonly [number, number]): number {
  return Number.isFinite(value) ? Math.min(Math.max(Math.trunc(value), min), max) : 0
}

/** Checks the length of a string in bytes; `null` stands for the empty one. */
export function parseText(value: unknown, name: string, min: number, max: number): Frame {
  const text = value === null ? "" : requireText(value)
  const bytes = typeof text === "string" ? encodeText(text) : asFrame(text).slice()
  if (bytes.length < min || bytes.length > max) {
    throw invalid(name, `${bytes.length} bytes, expected ${min} to ${max}`)
  }
  return bytes
}

/** As libzmq returns C strings: up to the first zero byte; `null` when that is empty. */
export function formatText(bytes: Frame): string | null {
  const end = bytes.indexOf(0)
  const text = decodeText(end < 0 ? bytes : bytes.subarray(0, end))
  return text === "" ? null : text
}

/** @param why Must not contain the value of a secret. */
export function invalid(name: string, why: string): Error {
  return zmqError("EINVAL", { cause: new Error(`Invalid ${name}: ${why}`) })
}

function isOriginCheck(value: unknown): value is OriginCheck | undefined {
  return value === undefined || typeof value === "string" || typeof value === "function" || Array.isArray(value)
}

function isAuthenticator(value: unknown): value is Authenticator | undefined {
  return value === undefined || typeof value === "function"
}
