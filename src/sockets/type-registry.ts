import type { Pattern, PatternHost } from "../patterns/pattern.js"
import { SOCKET_TYPES, type SocketTypeName } from "../zmtp/socket-types.js"
import type { Envelope } from "./envelope.js"
import {
  COMMON_OPTIONS,
  initialSettings,
  ownOptions,
  type OptionName,
  type SocketSettings,
} from "./options/settings.js"

/**
 * The implementation of one socket type. Each class provides its own, so that bundlers include only the types in use.
 */
export interface SocketType {
  readonly name: SocketTypeName
  /** A function, because bundlers rename a class that refers to itself in its definition. */
  readonly class: () => { readonly prototype: object }
  readonly pattern: (host: PatternHost, settings: SocketSettings) => Pattern
  /** Converts a group or a peer's number, which applications pass as an option, to a frame. */
  readonly envelope?: Envelope
}

interface RegisteredType extends SocketType {
  readonly optionNames: readonly OptionName[]
  readonly initial: SocketSettings
}

const types: (SocketType | undefined)[] = []
const prepared: (RegisteredType | undefined)[] = []

/** Registers `type` by its number. Returns false if it was registered before. */
export function addType(type: SocketType): boolean {
  const { number } = SOCKET_TYPES[type.name]
  if (types[number] !== undefined) return false
  types[number] = type
  return true
}

/** The type with this number, or `undefined` if none of its classes was registered. */
export function registeredType(number: number): RegisteredType | undefined {
  const type = types[number]
  if (type === undefined) return undefined
  // When the first socket of the type is created: doing so for all types takes a tenth of the time to load the library.
  return (prepared[number] ??= {
    ...type,
    optionNames: [...COMMON_OPTIONS, ...ownOptions(type.name)],
    initial: initialSettings(type.name),
  })
}
