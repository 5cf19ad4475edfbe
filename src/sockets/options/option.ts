// The type of an option, and one constructor for each kind of value. The options themselves are in table.ts.

import { warn } from "../../core/runtime/runtime.js"
import { zmqError } from "../../core/errors.js"
import type { Authenticator } from "../../transports/authenticator.js"
import { asFrame, decodeText, EMPTY, encodeText, type Frame, isBytes } from "../../zmtp/bytes.js"
import type { Security } from "../../zmtp/handshake/security.js"
import type { SocketTypeName } from "../../zmtp/socket-types.js"
import type { Feature } from "../../platform/features.js"

/** The sockets that have an option: all of them, those that can send or receive, or those of a specific type. */
export type Scope = "all" | "senders" | "receivers" | SocketTypeName

/** The sockets that have an option. */
export interface Scoped<S extends Scope> {
  /** Default: all sockets. */
  readonly sockets?: S | readonly S[]
}

/** The static facts about an option. `Setting` is the type of the stored value. */
export interface OptionFacts<Setting, S extends Scope, Id extends number> extends Scoped<S> {
  /** `ZMQ_…` number. libzmq does not use numbers from 9000 on. */
  readonly id: Id
  /** Stored value of a new socket. */
  readonly initial: Setting
  /** Stored value of new sockets of these types, if it differs from `initial`. */
  readonly initialFor?: Readonly<Partial<Record<SocketTypeName, Setting>>>
  /**
   * When a new value takes effect: immediately; for endpoints that are bound or connected afterward (the default); or
   * never, because the value is only stored. A socket that has endpoints emits a warning unless it is `immediately`.
   */
  readonly takesEffect?: "immediately" | "at-next-endpoint" | "never"
  /**
   * The platform feature that the option needs. Without it, setting the option fails with ENOTSUP, except to a falsy
   * value, which is ignored, and the option reads as `undefined`.
   */
  readonly requires?: Feature
  /** The value can be set but reads as `undefined`, as in zeromq.js. */
  readonly writeOnly?: true
  /** The option limits queues. A new value applies to existing pipes. */
  readonly limitsQueues?: true
}

/**
 * The typed accessors (`getInt32Option` and so on) that accept the option's number. `none`: no accessor does, except as
 * access.ts defines for this option.
 */
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
  /** Numbers that a boolean option accepts when it is set by number. */
  readonly numbers?: readonly [min: number, max: number]
  /**
   * Converts `value` to the stored form.
   * @throws TypeError for a value of the wrong type; ZmqError EINVAL for an invalid value.
   */
  parse(value: unknown, name: string, current: Setting, settings: ParserSettings): Setting
  /** Converts a stored value to the value of the property. @throws ZmqError EINVAL if the option cannot be read. */
  format(setting: Setting, settings: SecuritySettings): Value
  /** Updates settings that depend on this option, after it was set. @param value As passed, before `parse`. */
  afterSet?(settings: SecuritySettings, value: unknown): void
}

/** Settings that affect whether values of other options are valid. */
export interface ParserSettings {
  readonly ipv6: boolean
}

/** Settings that several security options change together. */
export interface SecuritySettings {
  /** The mechanism and role, as selected by the last security option that was set. */
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
  /** Default: 0; for `int64`, the smallest 64-bit integer. */
  readonly min?: number
  /** Default: the largest integer of its size; for `uint32`, that of a signed one. */
  readonly max?: number
}

interface StringFacts<S extends Scope, Id extends number> extends OptionFacts<Frame, S, Id> {
  /** Minimum and maximum length, in bytes. Default: 0 and 2^31 - 1. */
  readonly min?: number
  readonly max?: number
  /** `null` resets the option, whatever `min` is. */
  readonly nullable?: true
}

const MAX_INT32 = 0x7fff_ffff
const INT64 = [-(2 ** 63), 2 ** 63] as const
const UINT64 = [0, 2 ** 64] as const

/**
 * A signed 32-bit integer. Fractions are truncated, and larger numbers wrap around, as in C. Values are rounded toward
 * zero to a multiple of `step`, which is 1 by default.
 */
export function int32<const Id extends number, const S extends Scope = "all">(
  facts: NumberFacts<S, Id> & { readonly step?: number },
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

/**
 * A signed 64-bit integer, with the precision of a number. Infinity and NaN become 0, unless only finite numbers are
 * valid.
 */
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

/** An unsigned 32-bit integer. As in libzmq, the maximum is that of a signed one. */
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

/** An unsigned 64-bit integer. Negative numbers become 0. Numbers above the safe integers cause a warning. */
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

/**
 * A numeric option of an unsupported transport. Setting or reading it fails with EINVAL, as in builds of libzmq without
 * the transport.
 */
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
  /** The bit of each name. */
  readonly names: Readonly<Record<Name, number>>
}

/** Names that are stored as bits. Accepts one name, an array of names, or the bits as a number; reads as an array. */
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
        if ((value & ~all) !== 0 || !Number.isInteger(value))
          throw invalid(name, `${value}, expected bits within mask ${all}`)
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

/** Accepted numbers of booleans that treat 0 as false and all others as true. */
export const ANY_NUMBER = [-MAX_INT32 - 1, MAX_INT32] as const

/** Accepted numbers of booleans that reject negative numbers. */
export const NATURAL_NUMBER = [0, MAX_INT32] as const

interface BooleanFacts<S extends Scope, Id extends number> extends OptionFacts<boolean, S, Id> {
  /** Numbers that are accepted when the option is set by number. Default: 0 and 1. */
  readonly numbers?: readonly [min: number, max: number]
}

export function boolean<const Id extends number, const S extends Scope = "all">(
  facts: BooleanFacts<S, Id>,
): Option<boolean, boolean, S, Id> {
  return { ...facts, native: "boolean", parse: requireBoolean, format: identity }
}

/** Text or bytes, stored as bytes. Default: empty. */
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

/** A value of a type that options of libzmq do not have, stored as given. access.ts converts it for `ZMQ_…` numbers. */
export function plain<T, const Id extends number, const S extends Scope>(
  facts: OptionFacts<T, S, Id>,
  parse: Option<T, T, S, Id>["parse"],
): Option<T, T, S, Id> {
  return { ...facts, native: "none", parse, format: identity }
}

/** Values of `verbosity`. As in zeromq.js, unknown values are ignored. */
export function verbosity<const Id extends number, const S extends Scope = "all">(
  facts: OptionFacts<"allSubs" | "allSubsUnsubs" | null, S, Id>,
): Option<"allSubs" | "allSubsUnsubs" | null, "allSubs" | "allSubsUnsubs" | null, S, Id> {
  return plain(facts, (value, _name, current) =>
    value === null || value === "allSubs" || value === "allSubsUnsubs" ? value : current,
  )
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

/** Parses a string whose length in bytes is limited; `null` is the empty string. */
export function parseText(value: unknown, name: string, min: number, max: number): Frame {
  const text = value === null ? "" : requireText(value)
  const bytes = typeof text === "string" ? encodeText(text) : asFrame(text).slice()
  if (bytes.length < min || bytes.length > max) {
    throw invalid(name, `${bytes.length} bytes, expected ${min} to ${max}`)
  }
  return bytes
}

/** Converts bytes to text as libzmq returns C strings: up to the first zero byte, and `null` if the result is empty. */
export function formatText(bytes: Frame): string | null {
  const end = bytes.indexOf(0)
  const text = decodeText(end < 0 ? bytes : bytes.subarray(0, end))
  return text === "" ? null : text
}

/** @param why Must not contain the value of a secret. */
export function invalid(name: string, why: string): Error {
  return zmqError("EINVAL", { cause: new Error(`Invalid ${name}: ${why}`) })
}

function isAuthenticator(value: unknown): value is Authenticator | undefined {
  return value === undefined || typeof value === "function"
}
