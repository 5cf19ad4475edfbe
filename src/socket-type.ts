import type { Envelope } from "./envelope.js"
import {
  COMMON,
  initialSettings,
  initialValues,
  type OptionRule,
  type Settings,
  type SocketSettings,
  type SocketTypeNumber,
} from "./options.js"
import type { Pattern, PatternHost } from "./patterns/pattern.js"
import type { Socket } from "./socket.js"
import type { SocketTypeName } from "./zmtp/socket-type.js"

/** What sockets of one type are made of. Each class brings its own, so that bundlers take only what is used. */
export interface SocketType {
  readonly number: SocketTypeNumber
  /** The Socket-Type property. */
  readonly name: SocketTypeName
  /** What the application makes them by. It must not name itself, or a build would give it another name. */
  readonly class: () => { readonly prototype: Socket }
  /** Their routing. */
  readonly pattern: (host: PatternHost, settings: Settings) => Pattern
  /** What they have beside the options of every socket. */
  readonly options?: readonly (readonly OptionRule[])[]
  /** Where something goes beside the frames of a message. */
  readonly envelope?: Envelope
  /** ZMQ_LINGER, where it is not -1. */
  readonly linger?: 0
}

/** A type as it is known, with the values that its own options start with. */
interface KnownType extends SocketType {
  readonly initial: SocketSettings
}

const types: (KnownType | undefined)[] = []

/** The options of every socket, in the order in which they were provided. */
const common = [...COMMON]

/** From now on sockets have options by `rules`, of whatever type they are. */
export function addOptions(rules: readonly OptionRule[]): void {
  common.push(...rules)
  for (const type of types) Object.assign(type?.initial ?? {}, initialValues(rules))
}

/** From now on there are sockets of `type`; false when there were before. */
export function register(type: SocketType): boolean {
  if (types[type.number] !== undefined) return false
  const { options = [], linger } = type
  types[type.number] = {
    ...type,
    initial: { ...initialSettings(type.name, [...common, ...options.flat()]), ...(linger === 0 && { linger }) },
  }
  return true
}

/** Socket type number `number`, if there is one. */
export function typeNumbered(number: number): KnownType | undefined {
  return types[number]
}

/** All options of sockets of this type. */
export function optionsOf(number: SocketTypeNumber): readonly OptionRule[] {
  return [...common, ...(types[number]?.options?.flat() ?? [])]
}

/** Whether libzmq lets several threads use one socket of this type (ZMQ_THREAD_SAFE). */
export function isThreadSafe(number: SocketTypeNumber): boolean {
  return number >= SERVER && number !== DGRAM
}

const [SERVER, DGRAM] = [12, 18]
