// Reads and sets the options of a socket, by name and by `ZMQ_…` number.

import { warn } from "../../core/runtime/runtime.js"
import { zmqError } from "../../core/errors.js"
import type { Pattern } from "../../patterns/pattern.js"
import { EMPTY, encodeText, type Frame, isBytes } from "../../zmtp/bytes.js"
import type { Feature } from "../../platform/features.js"
import { NATURAL_NUMBER, type NativeType } from "./option.js"
import { TABLE, type OptionName, type OptionSettings, type OptionValues, type SocketSettings } from "./settings.js"
import { OPTIONS } from "./table.js"

/** The part of a socket that options access. */
export interface OptionOwner {
  readonly closed: boolean
  readonly settings: SocketSettings
  /** Names of the options that sockets of its type have. */
  readonly optionNames: readonly OptionName[]
  readonly pattern: Pick<Pattern, "readable" | "writable" | "subscribe" | "unsubscribe">
  readonly type: number
  readonly threadSafe: boolean
  /** Features of the platform of its context. */
  readonly features: ReadonlySet<Feature>
  readonly endpoints: {
    readonly last: string | null
    readonly any: boolean
    /** Routing id for the peer of the next connection. */
    nextRoutingId: Frame | undefined
  }
  /** Whether a bind or unbind operation is in progress. */
  readonly binding: boolean
  /** Applies new high-water marks to existing queues. */
  applyMarks(): void
  /** Called after an option was set, if defined. */
  readonly settingsChanged?: (() => void) | undefined
}

/**
 * Reads an option; `undefined`, even if the socket is closed, if the option is write-only or the platform lacks its
 * feature. @throws ZmqError ENOTSOCK if the socket is closed, EINVAL if the option cannot be read
 */
export function readOption<Name extends OptionName>(owner: OptionOwner, name: Name): OptionValues[Name] | undefined {
  const option = TABLE[name]
  if (option.writeOnly === true || !supports(owner, option.requires)) return undefined
  checkOpen(owner)
  return option.format(owner.settings[name], owner.settings)
}

/** Sets an option. @throws ZmqError ENOTSOCK, EINVAL, ENOTSUP; TypeError */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- `Name` connects the entry with the type of its value.
export function writeOption<Name extends OptionName>(owner: OptionOwner, name: Name, value: unknown): void {
  const option = TABLE[name]
  const settings: OptionSettings = owner.settings
  if (!supports(owner, option.requires)) {
    refuse(name, value)
    return
  }
  const setting = option.parse(value, name, settings[name], settings)
  checkOpen(owner)
  settings[name] = setting
  option.afterSet?.(owner.settings, value)
  if (option.limitsQueues === true) owner.applyMarks()
  owner.settingsChanged?.()
  if (option.takesEffect !== "immediately") warnIfLate(owner)
}

/** Whether the platform has the feature that an option requires. */
function supports({ features }: OptionOwner, feature: Feature | undefined): boolean {
  return feature === undefined || features.has(feature)
}

/**
 * Refuses to set an option that the platform does not support. Falsy values, which turn it off, are accepted.
 * @throws ZmqError ENOTSUP
 */
function refuse(name: OptionName, value: unknown): void {
  if (!value) return
  const message = `Option "${name}" requires ${TABLE[name].requires}, which this platform does not support`
  throw zmqError("ENOTSUP", { message })
}

/** Sets the routing id for the peer of the next connection. */
export function nameNextPeer(owner: OptionOwner, routingId: Frame): void {
  checkOpen(owner)
  owner.endpoints.nextRoutingId = routingId
  warnIfLate(owner)
}

function warnIfLate(owner: OptionOwner): void {
  if (owner.endpoints.any || owner.binding) warn("Socket option will not take effect until next connect/bind.")
}

/** Reads an option by its `ZMQ_…` number. @throws ZmqError EINVAL if it cannot be read. */
export function readNumbered(owner: OptionOwner, id: unknown): unknown {
  checkIdentifier(id)
  checkOpen(owner)
  const read = READERS[id]
  if (read !== undefined) return read(owner)
  const name = optionNumbered(owner, id)
  const { writeOnly, requires } = TABLE[name]
  if (writeOnly === true || !supports(owner, requires)) throw zmqError("EINVAL")
  return readOption(owner, name)
}

/** Sets an option by its `ZMQ_…` number. Booleans and the numbers 1 and 0 are interchangeable. */
export function writeNumbered(owner: OptionOwner, id: unknown, value: unknown): void {
  checkIdentifier(id)
  checkOpen(owner)
  const write = WRITERS[id]
  if (write !== undefined) {
    write(owner, value)
    return
  }
  const name = optionNumbered(owner, id)
  const { native, numbers } = TABLE[name]
  if ((native === "string") !== isText(value)) throw zmqError("EINVAL")
  writeOption(owner, name, toPropertyValue(native, value, numbers))
}

/** Returns the name of an option. @throws ZmqError EINVAL unless the socket has an option with this number. */
function optionNumbered({ optionNames }: OptionOwner, id: number): OptionName {
  const name = optionNames.find((name) => TABLE[name].id === id)
  if (name === undefined || TABLE[name].native === "none") throw zmqError("EINVAL")
  return name
}

/** Converts a value that was set by number to one that the property accepts. */
function toPropertyValue(
  native: NativeType,
  value: unknown,
  numbers: readonly [min: number, max: number] | undefined,
): unknown {
  if (native === "boolean") return toBoolean(value, numbers)
  return typeof value === "boolean" ? Number(value) : value
}

/** Converts a number to a boolean. @throws TypeError; ZmqError EINVAL for a number out of range. */
function toBoolean(value: unknown, [min, max]: readonly [min: number, max: number] = [0, 1]): boolean {
  if (typeof value === "boolean") return value
  if (typeof value !== "number") throw new TypeError("Option value must be a number")
  const number = value | 0
  if (number < min || number > max) throw zmqError("EINVAL")
  return number !== 0
}

/**
 * Subscribes to or unsubscribes from `topics`. For an XPUB with `manual`, this applies to the peer of the last
 * subscription received.
 */
export function subscribe(owner: OptionOwner, topics: readonly unknown[], wanted: boolean): void {
  const { pattern } = owner
  checkOpen(owner)
  if (pattern.subscribe === undefined) throw zmqError("EINVAL")
  for (const topic of topics.length === 0 ? [EMPTY] : topics.map(encodeTopic)) {
    if (wanted) pattern.subscribe(topic)
    else pattern.unsubscribe?.(topic)
  }
}

/** @throws ZmqError ENOTSOCK if the socket is closed. */
export function checkOpen({ closed }: { readonly closed: boolean }): void {
  if (closed) throw zmqError("ENOTSOCK")
}

/** Whether `value` has a type that string options accept. */
function isText(value: unknown): boolean {
  return value === null || typeof value === "string" || typeof value === "object"
}

export function checkIdentifier(id: unknown): asserts id is number {
  if (typeof id !== "number") throw new TypeError("Identifier must be a number")
}

function encodeTopic(topic: unknown): Frame {
  if (typeof topic === "string") return encodeText(topic)
  if (isBytes(topic)) return topic
  if (topic === null) return EMPTY
  throw new TypeError("Option value must be a string or buffer")
}

/** Values of ZMQ_MECHANISM. */
const MECHANISMS: Readonly<Record<SocketSettings["mechanism"], number>> = { NULL: 0, PLAIN: 1, CURVE: 2 }

// Numbers of options that are not in the table: ZMQ_SUBSCRIBE and so on.
const SUBSCRIBE = 6
const UNSUBSCRIBE = 7
const RCVMORE = 13
const EVENTS = 15
const TYPE = 16
const IPV4ONLY = 31
const LAST_ENDPOINT = 32
const MECHANISM = 43
const CONNECT_ROUTING_ID = 61
const XPUB_VERBOSER = 78
const THREAD_SAFE = 81

// Bits of ZMQ_EVENTS.
const POLLIN = 1
const POLLOUT = 2

/** Options that are read by number only, or whose number stands for another form of the value than the property has. */
const READERS: Readonly<Record<number, ((owner: OptionOwner) => unknown) | undefined>> = {
  [RCVMORE]: () => false,
  [EVENTS]: ({ pattern }) => (pattern.readable ? POLLIN : 0) | (pattern.writable ? POLLOUT : 0),
  [TYPE]: ({ type }) => type,
  [IPV4ONLY]: ({ settings }) => Number(!settings.ipv6),
  [LAST_ENDPOINT]: ({ endpoints }) => endpoints.last,
  [OPTIONS.reconnectStop.id]: ({ settings }) => settings.reconnectStop,
  [MECHANISM]: ({ settings }) => MECHANISMS[settings.mechanism],
  [THREAD_SAFE]: ({ threadSafe }) => threadSafe,
}

/** Options that are set by number only, or whose number stands for another form of the value than a property has. */
const WRITERS: Readonly<Record<number, ((owner: OptionOwner, value: unknown) => void) | undefined>> = {
  [SUBSCRIBE]: (owner, topic) => {
    subscribe(owner, [topic], true)
  },
  [UNSUBSCRIBE]: (owner, topic) => {
    subscribe(owner, [topic], false)
  },
  [IPV4ONLY]: (owner, value) => {
    writeNumbered(owner, OPTIONS.ipv6.id, !toBoolean(value))
  },
  // ZMQ_XPUB_VERBOSE
  [OPTIONS.verbosity.id]: (owner, value) => {
    setVerbosity(owner, toBoolean(value, NATURAL_NUMBER) ? "allSubs" : null)
  },
  [OPTIONS.reconnectStop.id]: (owner, bits) => {
    if (typeof bits !== "number") throw new TypeError("Option value must be a number")
    writeOption(owner, "reconnectStop", bits)
  },
  [CONNECT_ROUTING_ID]: (owner, value) => {
    const routingId = encodeTopic(value)
    if (routingId.length === 0) throw zmqError("EINVAL")
    nameNextPeer(owner, routingId)
  },
  [XPUB_VERBOSER]: (owner, value) => {
    setVerbosity(owner, toBoolean(value, NATURAL_NUMBER) ? "allSubsUnsubs" : null)
  },
}

function setVerbosity(owner: OptionOwner, verbosity: SocketSettings["verbosity"]): void {
  if (!owner.optionNames.includes("verbosity")) throw zmqError("EINVAL")
  writeOption(owner, "verbosity", verbosity)
}
