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
import type { SocketTypeName } from "../zmtp/socket-type-name.js"

/** Numbers of the socket types, `ZMQ_PAIR` = 0 … */
export type SocketTypeNumber = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | DraftTypeNumber

/** Those of the draft sockets, `ZMQ_SERVER` = 12 … */
type DraftTypeNumber = 12 | 13 | 14 | 15 | 16 | 17 | 18 | 19 | 20

/** What sockets of one type are made of. Each class brings its own, so that bundlers take only what is used. */
export interface SocketType {
  readonly number: SocketTypeNumber
  /** The Socket-Type property. */
  readonly name: SocketTypeName
  /** What the application makes them by. It must not name itself, or a build would give it another name. */
  readonly class: () => { readonly prototype: Socket }
  /** Their routing. */
  readonly pattern: (host: PatternHost, settings: SocketSettings) => Pattern
  /** Whether they can send, and receive: they have the options for it. */
  readonly sends?: true
  readonly receives?: true
  /** Where something goes beside the frames of a message. */
  readonly envelope?: Envelope
}

/** A registered type, with its options. */
interface KnownType extends SocketType {
  readonly optionNames: readonly OptionName[]
  readonly initial: SocketSettings
}

const types: (KnownType | undefined)[] = []

/** From now on there are sockets of `type`; false when there were before. */
export function recordType(type: SocketType): boolean {
  if (types[type.number] !== undefined) return false
  types[type.number] = {
    ...type,
    optionNames: [...COMMON_OPTIONS, ...ownOptions(type)],
    initial: initialSettings(type.name),
  }
  return true
}

/** Socket type number `number`, if there is one. */
export function typeNumbered(number: number): KnownType | undefined {
  return types[number]
}

/** Whether libzmq lets several threads use one socket of this type (ZMQ_THREAD_SAFE). */
export function isThreadSafe(number: SocketTypeNumber): boolean {
  return number >= SERVER && number !== DGRAM
}

const [SERVER, DGRAM] = [12, 18]
