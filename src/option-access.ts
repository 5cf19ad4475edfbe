import { warn } from "./core/platform.js"
import { zmqError } from "./errors.js"
import { admit, present, type OptionRule } from "./options.js"
import type { SocketCore } from "./socket-core.js"
import { isThreadSafe, optionsOf } from "./socket-type.js"
import { EMPTY, encodeText, isBytes, type Frame } from "./zmtp/bytes.js"

/** @throws ZmqError ENOTSOCK on a closed socket, EINVAL when the option cannot be read. */
export function readOption(core: SocketCore, rule: OptionRule): unknown {
  if (rule.writeOnly === true) return undefined
  checkOpen(core)
  return present(rule, core.settings)
}

/** @throws ZmqError ENOTSOCK, EINVAL; TypeError */
export function writeOption(core: SocketCore, rule: OptionRule, value: unknown): void {
  const admitted = admit(rule, value, core.settings)
  settingsOf(core)[rule.name] = admitted
  if (typeof rule.kind === "object") rule.kind.chosen?.(rule, value, core.settings)
  if (MARKS.has(rule.name)) core.applyMarks()
  if (rule.live !== true) warnIfLate(core)
}

/** The peer of the next connection is called `routingId`. */
export function nameNextPeer(core: SocketCore, routingId: Frame): void {
  checkOpen(core)
  core.nextRoutingId = routingId
  warnIfLate(core)
}

function warnIfLate(core: SocketCore): void {
  if (core.hasEndpoints || core.binding) warn("Socket option will not take effect until next connect/bind.")
}

/** Reads by `ZMQ_…` number. @throws ZmqError EINVAL for a number that nobody can read. */
export function readNumbered(core: SocketCore, id: unknown): unknown {
  checkIdentifier(id)
  checkOpen(core)
  const read = READ_ONLY[id]
  if (read !== undefined) return read(core)
  const rule = optionsOf(core.type).find((rule) => rule.id === id)
  if (rule === undefined || rule.writeOnly === true) throw zmqError("EINVAL")
  return readOption(core, rule)
}

/** Writes by `ZMQ_…` number. Booleans stand for 1 and 0 and the other way round. */
export function writeNumbered(core: SocketCore, id: unknown, value: unknown): void {
  checkIdentifier(id)
  const settings = settingsOf(core)
  if (id === SUBSCRIBE || id === UNSUBSCRIBE) {
    subscribe(core, [value], id === SUBSCRIBE)
    return
  }
  if (id === CONNECT_ROUTING_ID) {
    nameNextPeer(core, encodeTopic(value))
    return
  }
  if (id === XPUB_VERBOSE || id === XPUB_VERBOSER) {
    if (core.type !== XPUB) throw zmqError("EINVAL")
    settings["verbosity"] = !value ? null : id === XPUB_VERBOSE ? "allSubs" : "allSubsUnsubs"
    return
  }
  if (id === IPV4ONLY) {
    writeNumbered(core, IPV6, !value)
    return
  }
  const rule = optionsOf(core.type).find((rule) => rule.id === id)
  if (rule === undefined) throw zmqError("EINVAL")
  if (isText(value) !== isText(rule.initial)) throw zmqError("EINVAL")
  if (rule.initial === true || rule.initial === false) writeOption(core, rule, Boolean(value))
  else writeOption(core, rule, typeof value === "boolean" ? Number(value) : value)
}

/** Subscribes a SUB, or the peer whose subscription an XPUB with `manual` has received last, to each of `topics`. */
export function subscribe(core: SocketCore, topics: readonly unknown[], wanted: boolean): void {
  const { pattern } = core
  checkOpen(core)
  if (pattern.subscribe === undefined) throw zmqError("EINVAL")
  for (const topic of topics.length === 0 ? [EMPTY] : topics.map(encodeTopic)) {
    if (wanted) pattern.subscribe(topic)
    else pattern.unsubscribe?.(topic)
  }
}

/** @throws ZmqError ENOTSOCK */
export function checkOpen(core: SocketCore): void {
  if (core.closed) throw zmqError("ENOTSOCK")
}

function settingsOf(core: SocketCore): Record<string, unknown> {
  checkOpen(core)
  return core.settings as unknown as Record<string, unknown>
}

/** Whether `value` is of the kind that string options have. */
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

const [SUBSCRIBE, UNSUBSCRIBE, IPV4ONLY, XPUB_VERBOSE, IPV6, CONNECT_ROUTING_ID, XPUB_VERBOSER] = [
  6, 7, 31, 40, 42, 61, 78,
]
const MARKS: ReadonlySet<string> = new Set([
  "sendHighWaterMark",
  "receiveHighWaterMark",
  "sendHighWaterBytes",
  "receiveHighWaterBytes",
])
const XPUB = 9

/** What has a number but is no option of the table. */
const READ_ONLY: Readonly<Record<number, ((core: SocketCore) => unknown) | undefined>> = {
  13: () => false,
  15: (core) => (core.pattern.readable ? 1 : 0) | (core.pattern.writable ? 2 : 0),
  16: (core) => core.type,
  31: (core) => Number(!core.settings.ipv6),
  32: (core) => core.lastEndpoint,
  43: (core) => ["NULL", "PLAIN", "CURVE"].indexOf(core.settings.mechanism),
  81: (core) => isThreadSafe(core.type),
}
