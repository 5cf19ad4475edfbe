import { zmqError } from "./errors.js"
import { asFrame, decodeText, EMPTY, encodeText, type Frame } from "./zmtp/bytes.js"

/** The values of one socket's options. Strings are kept as bytes. */
export interface Settings {
  linger: number
  routingId: Frame
  sendHighWaterMark: number
  receiveHighWaterMark: number
  sendTimeout: number
  receiveTimeout: number
  reconnectInterval: number
  reconnectMaxInterval: number
  backlog: number
  maxMessageSize: number
  immediate: boolean
  conflate: boolean
  ipv6: boolean
  handshakeInterval: number
  connectTimeout: number
  heartbeatInterval: number
  heartbeatTimeout: number
  heartbeatTimeToLive: number
  tcpKeepalive: number
  tcpKeepaliveIdle: number
  mandatory: boolean
  handover: boolean
  verbosity: "allSubs" | "allSubsUnsubs" | null
}

export interface OptionRule {
  readonly name: keyof Settings
  /** `ZMQ_…` number. */
  readonly id: number
  readonly kind: "number" | "boolean" | "string" | "verbosity"
  readonly initial: Settings[keyof Settings]
  /** Smallest and largest value of a number, or length in bytes of a string. */
  readonly min?: number
  readonly max?: number
  /** It counts from the moment it is set; others count for endpoints bound or connected afterwards. */
  readonly live?: true
  /** It can be set but reads as `undefined`. */
  readonly writeOnly?: true
  /** Which socket types have it; all if left out. */
  readonly on?: readonly SocketTypeNumber[]
}

/** Numbers of the socket types, `ZMQ_PAIR` = 0 … */
export type SocketTypeNumber = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10

const [PAIR, PUB, SUB, REQ, REP, DEALER, ROUTER, PULL, PUSH, XPUB, XSUB] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10] as const
const SENDERS = [PAIR, PUB, REQ, REP, DEALER, ROUTER, PUSH, XPUB, XSUB] as const
const RECEIVERS = [PAIR, SUB, REQ, REP, DEALER, ROUTER, PULL, XPUB, XSUB] as const
const INT32 = 0x7fff_ffff

/** Every option, once. Times are in ms. */
export const OPTIONS: readonly OptionRule[] = [
  { name: "routingId", id: 5, kind: "string", initial: EMPTY, min: 1, max: 255, on: [REQ, REP, ROUTER, DEALER] },
  { name: "linger", id: 17, kind: "number", initial: -1, min: -1, live: true },
  { name: "reconnectInterval", id: 18, kind: "number", initial: 100, min: -1 },
  { name: "backlog", id: 19, kind: "number", initial: 100, min: 0 },
  { name: "reconnectMaxInterval", id: 21, kind: "number", initial: 0, min: 0 },
  { name: "maxMessageSize", id: 22, kind: "number", initial: -1, min: -Infinity, max: Infinity },
  { name: "sendHighWaterMark", id: 23, kind: "number", initial: 1000, min: 0, live: true, on: SENDERS },
  { name: "receiveHighWaterMark", id: 24, kind: "number", initial: 1000, min: 0, live: true, on: RECEIVERS },
  { name: "receiveTimeout", id: 27, kind: "number", initial: -1, min: -1, live: true, on: RECEIVERS },
  { name: "sendTimeout", id: 28, kind: "number", initial: -1, min: -1, live: true, on: SENDERS },
  { name: "mandatory", id: 33, kind: "boolean", initial: false, live: true, on: [ROUTER] },
  { name: "tcpKeepalive", id: 34, kind: "number", initial: -1, min: -1, max: 1 },
  { name: "tcpKeepaliveIdle", id: 36, kind: "number", initial: -1, min: -1 },
  { name: "immediate", id: 39, kind: "boolean", initial: false },
  { name: "verbosity", id: 40, kind: "verbosity", initial: null, live: true, writeOnly: true, on: [XPUB] },
  { name: "ipv6", id: 42, kind: "boolean", initial: false },
  { name: "conflate", id: 54, kind: "boolean", initial: false, writeOnly: true, on: [PULL, PUSH, SUB, PUB, DEALER] },
  { name: "handover", id: 56, kind: "boolean", initial: false, live: true, writeOnly: true, on: [ROUTER] },
  { name: "handshakeInterval", id: 66, kind: "number", initial: 30_000, min: 0 },
  { name: "heartbeatInterval", id: 75, kind: "number", initial: 0, min: 0 },
  { name: "heartbeatTimeToLive", id: 76, kind: "number", initial: 0, min: 0, max: 6_553_599 },
  { name: "heartbeatTimeout", id: 77, kind: "number", initial: -1, min: 0 },
  { name: "connectTimeout", id: 79, kind: "number", initial: 0, min: 0 },
]

/** The values that a socket of `type` starts with. */
export function initialSettings(type: SocketTypeNumber, context: { ipv6: boolean; blocky: boolean }): Settings {
  const settings = Object.fromEntries(OPTIONS.map(({ name, initial }) => [name, initial])) as unknown as Settings
  settings.ipv6 = context.ipv6
  if (!context.blocky || type === SUB || type === XSUB) settings.linger = 0
  return settings
}

/** What `value` is kept as. @throws TypeError of another type; ZmqError EINVAL out of range. */
export function admit(rule: OptionRule, value: unknown, current: unknown): Settings[keyof Settings] {
  switch (rule.kind) {
    case "boolean":
      if (typeof value !== "boolean") throw new TypeError("Option value must be a boolean")
      return value
    case "number":
      return admitNumber(rule, value)
    case "string":
      return admitString(rule, value)
    case "verbosity":
      return value === null || value === "allSubs" || value === "allSubsUnsubs" ? value : (current as null)
  }
}

/** What the application reads. */
export function present(rule: OptionRule, value: unknown): unknown {
  if (rule.writeOnly === true) return undefined
  if (rule.kind !== "string") return value
  const bytes = value as Frame
  const end = bytes.indexOf(0)
  const text = decodeText(end < 0 ? bytes : bytes.subarray(0, end))
  return text === "" ? null : text
}

function admitNumber(rule: OptionRule, value: unknown): number {
  if (typeof value !== "number") throw new TypeError("Option value must be a number")
  const number = Math.trunc(value)
  if (!(number >= (rule.min ?? 0) && number <= (rule.max ?? INT32))) throw zmqError("EINVAL")
  return rule.name === "heartbeatTimeToLive" ? number - (number % 100) : number
}

function admitString(rule: OptionRule, value: unknown): Frame {
  if (value !== null && typeof value !== "string" && !(value instanceof Uint8Array)) {
    throw new TypeError("Option value must be a string or buffer")
  }
  const bytes = value === null ? EMPTY : typeof value === "string" ? encodeText(value) : asFrame(value).slice()
  if (bytes.length < (rule.min ?? 0) || bytes.length > (rule.max ?? INT32)) throw zmqError("EINVAL")
  return bytes
}
