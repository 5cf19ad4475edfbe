import type { Envelope } from "./envelope.js"
import type { Pattern, PatternHost } from "../patterns/pattern.js"
import type { Socket } from "./socket.js"
import {
  COMMON_OPTIONS,
  initialSettings,
  ownOptions,
  type OptionName,
  type SocketSettings,
} from "./options/settings.js"
import { SOCKET_TYPES, type SocketTypeName } from "../zmtp/socket-types.js"

/** The code behind one socket type. Each class brings its own, so that bundlers include only what is used. */
export interface SocketType {
  readonly name: SocketTypeName
  /** A function, because a class that refers to itself while it is defined is renamed in bundles. */
  readonly class: () => { readonly prototype: Socket }
  readonly pattern: (host: PatternHost, settings: SocketSettings) => Pattern
  /** How an application passes what accompanies the frames of a message, such as a group. */
  readonly envelope?: Envelope
}

interface RegisteredType extends SocketType {
  readonly optionNames: readonly OptionName[]
  readonly initial: SocketSettings
}

const types: (RegisteredType | undefined)[] = []

/** Makes `type` available by its number. Returns false if it already was. */
export function addType(type: SocketType): boolean {
  const { number } = SOCKET_TYPES[type.name]
  if (types[number] !== undefined) return false
  types[number] = {
    ...type,
    optionNames: [...COMMON_OPTIONS, ...ownOptions(type.name)],
    initial: initialSettings(type.name),
  }
  return true
}

/** The type with this number, or `undefined` if no class of it was registered. */
export function registeredType(number: number): RegisteredType | undefined {
  return types[number]
}
