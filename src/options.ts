import { zmqError } from "./errors.js"
import type { OriginCheck } from "./transports/transport.js"
import type { Authenticator } from "./transports/zap.js"
import { asFrame, decodeText, EMPTY, encodeText, isBytes, type Frame } from "./zmtp/bytes.js"
import type { Security } from "./zmtp/security.js"
import type { SocketTypeName } from "./zmtp/socket-type.js"

/** The values of one socket's options; those of types of which it is none are not there. Strings are kept as bytes. */
export interface Settings {
  affinity: number
  routingId: Frame
  rate: number
  recoveryInterval: number
  sendBufferSize: number
  receiveBufferSize: number
  linger: number
  reconnectInterval: number
  backlog: number
  reconnectMaxInterval: number
  maxMessageSize: number
  sendHighWaterMark: number
  receiveHighWaterMark: number
  multicastHops: number
  receiveTimeout: number
  sendTimeout: number
  mandatory: boolean
  tcpKeepalive: number
  tcpKeepaliveCount: number
  tcpKeepaliveIdle: number
  tcpKeepaliveInterval: number
  tcpAcceptFilter: readonly string[]
  immediate: boolean
  verbosity: "allSubs" | "allSubsUnsubs" | null
  ipv6: boolean
  probeRouter: boolean
  correlate: boolean
  relaxed: boolean
  conflate: boolean
  handover: boolean
  /** What the last security option that was set has chosen. */
  mechanism: "NULL" | "PLAIN" | "CURVE"
  asServer: boolean
  plainServer: boolean
  plainUsername: Frame
  plainPassword: Frame
  curveServer: boolean
  curvePublicKey: Frame
  curveSecretKey: Frame
  curveServerKey: Frame
  zapDomain: Frame
  zapEnforceDomain: boolean
  typeOfService: number
  handshakeInterval: number
  socksProxy: Frame
  noDrop: boolean
  manual: boolean
  welcomeMessage: Frame
  notify: boolean
  invertMatching: boolean
  heartbeatInterval: number
  heartbeatTimeToLive: number
  heartbeatTimeout: number
  connectTimeout: number
  tcpMaxRetransmitTimeout: number
  multicastMaxTransportDataUnit: number
  vmciBufferSize: number
  vmciBufferMinSize: number
  vmciBufferMaxSize: number
  vmciConnectTimeout: number
  interface: Frame
  loopbackFastPath: boolean
  multicastLoop: boolean
  routerNotify: number
  manualLastValue: boolean
  helloMessage: Frame
  disconnectMessage: Frame
  hiccupMessage: Frame
  wssKeyPem: Frame
  wssCertPem: Frame
  wssTrustPem: Frame
  wssHostname: Frame
  wssTrustSystem: boolean
  maxMultipartSize: number
  maxConnections: number
  sendHighWaterBytes: number
  receiveHighWaterBytes: number
  webSocketOrigin: OriginCheck | undefined
  authenticate: Authenticator | undefined
}

/** Settings as a socket keeps them, with the place of what else transports go by: to add to so large a copy is slow. */
export interface SocketSettings extends Settings {
  socketType: SocketTypeName
  notifications: number
  security: Security | undefined
  tracePeers: boolean
}

type Kind = "int32" | "int64" | "boolean" | "string" | "verbosity" | OptionKind

/** How values are taken and given back, where it is not as usual. */
export interface OptionKind {
  /** What `value` is kept as. @throws TypeError of another type; ZmqError EINVAL out of range. */
  admit(rule: OptionRule, value: unknown, settings: Settings): Settings[keyof Settings]
  /** `value` was admitted: what follows from it beside. */
  chosen?(rule: OptionRule, value: unknown, settings: Settings): void
  /** What the application reads. @throws ZmqError EINVAL when it cannot be read. */
  present(rule: OptionRule, settings: Settings): unknown
}

export interface OptionRule {
  readonly name: keyof Settings
  /** `ZMQ_…` number; from 9000 on those of this library alone. */
  readonly id: number
  /** A signed number of 32 bits if left out. */
  readonly kind?: Kind
  readonly initial: Settings[keyof Settings]
  /** Smallest and largest value of a number, or length in bytes of a string. */
  readonly min?: number
  readonly max?: number
  /** A number is kept in steps of so much. */
  readonly step?: number
  /** `null` resets a string, whatever `min` says. */
  readonly nullable?: true
  /** It counts from the moment it is set; others count for endpoints bound or connected afterwards. */
  readonly live?: true
  /** It can be set but reads as `undefined`. */
  readonly writeOnly?: true
}

/** Numbers of the socket types, `ZMQ_PAIR` = 0 … */
export type SocketTypeNumber = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | DraftTypeNumber

/** Those of the draft sockets, `ZMQ_SERVER` = 12 … */
export type DraftTypeNumber = 12 | 13 | 14 | 15 | 16 | 17 | 18 | 19 | 20

const INT32 = 0x7fff_ffff
const INT64 = [-(2 ** 63), 2 ** 63] as const

/** The options of every socket, whatever it is connected by. Times are in ms. */
export const COMMON: readonly OptionRule[] = [
  { name: "linger", id: 17, initial: -1, min: -1, live: true },
  { name: "reconnectInterval", id: 18, initial: 100, min: -1 },
  { name: "reconnectMaxInterval", id: 21, initial: 0 },
  { name: "maxMessageSize", id: 22, kind: "int64", initial: -1 },
  { name: "immediate", id: 39, kind: "boolean", initial: false },
  { name: "ipv6", id: 42, kind: "boolean", initial: false },
  { name: "handshakeInterval", id: 66, initial: 30_000 },
  { name: "connectTimeout", id: 79, initial: 0 },
  { name: "maxMultipartSize", id: 9001, kind: "int64", initial: -1, min: -1 },
]

/** Those of sockets that send. */
export const SENDING: readonly OptionRule[] = [
  { name: "sendBufferSize", id: 11, initial: -1, min: -1 },
  { name: "sendHighWaterMark", id: 23, initial: 1000, live: true },
  { name: "multicastHops", id: 25, initial: 1, min: 1 },
  { name: "sendTimeout", id: 28, initial: -1, min: -1, live: true },
  { name: "sendHighWaterBytes", id: 9003, kind: "int64", initial: 0, min: 0, live: true },
]

/** Those of sockets that receive. */
export const RECEIVING: readonly OptionRule[] = [
  { name: "receiveBufferSize", id: 12, initial: -1, min: -1 },
  { name: "receiveHighWaterMark", id: 24, initial: 1000, live: true },
  { name: "receiveTimeout", id: 27, initial: -1, min: -1, live: true },
  { name: "receiveHighWaterBytes", id: 9004, kind: "int64", initial: 256 * 1024 * 1024, min: 0, live: true },
]

// Those that only some types have: each for itself, so that bundlers take only what is used.

export const ROUTING_ID: OptionRule = { name: "routingId", id: 5, kind: "string", initial: EMPTY, min: 1, max: 255 }
export const MANDATORY: OptionRule = { name: "mandatory", id: 33, kind: "boolean", initial: false, live: true }
export const VERBOSITY: OptionRule = {
  name: "verbosity",
  id: 40,
  kind: "verbosity",
  initial: null,
  live: true,
  writeOnly: true,
}
export const PROBE_ROUTER: OptionRule = {
  name: "probeRouter",
  id: 51,
  kind: "boolean",
  initial: false,
  live: true,
  writeOnly: true,
}
export const CORRELATE: OptionRule = {
  name: "correlate",
  id: 52,
  kind: "boolean",
  initial: false,
  live: true,
  writeOnly: true,
}
export const RELAXED: OptionRule = {
  name: "relaxed",
  id: 53,
  kind: "boolean",
  initial: false,
  live: true,
  writeOnly: true,
}
export const CONFLATE: OptionRule = { name: "conflate", id: 54, kind: "boolean", initial: false, writeOnly: true }
export const HANDOVER: OptionRule = {
  name: "handover",
  id: 56,
  kind: "boolean",
  initial: false,
  live: true,
  writeOnly: true,
}
export const NO_DROP: OptionRule = {
  name: "noDrop",
  id: 69,
  kind: "boolean",
  initial: false,
  live: true,
  writeOnly: true,
}
export const MANUAL: OptionRule = {
  name: "manual",
  id: 71,
  kind: "boolean",
  initial: false,
  live: true,
  writeOnly: true,
}
export const WELCOME_MESSAGE: OptionRule = {
  name: "welcomeMessage",
  id: 72,
  kind: "string",
  initial: EMPTY,
  live: true,
  writeOnly: true,
}
export const NOTIFY: OptionRule = { name: "notify", id: 73, kind: "boolean", initial: true, writeOnly: true }
export const INVERT_MATCHING: OptionRule = {
  name: "invertMatching",
  id: 74,
  kind: "boolean",
  initial: false,
  live: true,
}
export const MULTICAST_LOOP: OptionRule = { name: "multicastLoop", id: 96, kind: "boolean", initial: true }
export const ROUTER_NOTIFY: OptionRule = { name: "routerNotify", id: 97, initial: 0, max: 3 }
export const MANUAL_LAST_VALUE: OptionRule = {
  name: "manualLastValue",
  id: 98,
  kind: "boolean",
  initial: false,
  live: true,
  writeOnly: true,
}
export const HELLO_MESSAGE: OptionRule = {
  name: "helloMessage",
  id: 110,
  kind: "string",
  initial: EMPTY,
  writeOnly: true,
}
export const DISCONNECT_MESSAGE: OptionRule = {
  name: "disconnectMessage",
  id: 111,
  kind: "string",
  initial: EMPTY,
  writeOnly: true,
}
export const HICCUP_MESSAGE: OptionRule = {
  name: "hiccupMessage",
  id: 114,
  kind: "string",
  initial: EMPTY,
  writeOnly: true,
}

/** What is asked of every socket, by its core and by transports, whether or not its type has the option. */
const INITIAL = {
  ...initialValues([
    ...COMMON,
    ...SENDING,
    ...RECEIVING,
    ROUTING_ID,
    HELLO_MESSAGE,
    DISCONNECT_MESSAGE,
    HICCUP_MESSAGE,
  ]),
  mechanism: "NULL",
  asServer: false,
  notifications: 0,
  security: undefined,
  tracePeers: false,
} as unknown as Settings

/** The values that sockets of a type start with, which has options by `rules` beside those of every socket. */
export function initialSettings(socketType: SocketTypeName, rules: readonly OptionRule[]): SocketSettings {
  return { ...(INITIAL as SocketSettings), ...initialValues(rules), socketType }
}

export function initialValues(rules: readonly OptionRule[]): Partial<Settings> {
  return Object.fromEntries(rules.map(({ name, initial }) => [name, initial]))
}

/** What `value` is kept as. @throws TypeError of another type; ZmqError EINVAL out of range. */
export function admit(rule: OptionRule, value: unknown, settings: Settings): Settings[keyof Settings] {
  const { kind = "int32" } = rule
  switch (kind) {
    case "boolean":
      if (typeof value !== "boolean") throw new TypeError("Option value must be a boolean")
      return value
    case "string":
      return admitString(rule, value)
    case "verbosity":
      return value === null || value === "allSubs" || value === "allSubsUnsubs" ? value : settings.verbosity
    default:
      return typeof kind === "object" ? kind.admit(rule, value, settings) : admitNumber(rule, value)
  }
}

/** What the application reads. @throws ZmqError EINVAL when it cannot be read. */
export function present(rule: OptionRule, settings: Settings): unknown {
  const { name, kind = "int32" } = rule
  if (typeof kind === "object") return kind.present(rule, settings)
  return kind === "string" ? presentString(settings[name] as Frame) : settings[name]
}

/** C strings end with the first zero byte; an empty one is `null`. */
export function presentString(bytes: Frame): string | null {
  const end = bytes.indexOf(0)
  const text = decodeText(end < 0 ? bytes : bytes.subarray(0, end))
  return text === "" ? null : text
}

/** As C has it: Infinity becomes 0, no limit for a high-water mark. */
export function admitNumber({ kind, min, max, step = 1 }: OptionRule, value: unknown): number {
  if (typeof value !== "number") throw new TypeError("Option value must be a number")
  const [number, smallest, largest] = kind === "int64" ? [clamp(value, INT64), ...INT64] : [value | 0, 0, INT32]
  if (!(number >= (min ?? smallest) && number <= (max ?? largest))) throw zmqError("EINVAL")
  return number - (number % step)
}

export function clamp(value: number, [smallest, largest]: readonly [number, number]): number {
  return Number.isFinite(value) ? Math.min(Math.max(Math.trunc(value), smallest), largest) : 0
}

export function admitString(rule: OptionRule, value: unknown): Frame {
  if (value !== null && typeof value !== "string" && !isBytes(value)) {
    throw new TypeError("Option value must be a string or buffer")
  }
  if (value === null && rule.nullable === true) return EMPTY
  const bytes = value === null ? EMPTY : typeof value === "string" ? encodeText(value) : asFrame(value).slice()
  if (bytes.length < (rule.min ?? 0) || bytes.length > (rule.max ?? INT32)) throw zmqError("EINVAL")
  return bytes
}
