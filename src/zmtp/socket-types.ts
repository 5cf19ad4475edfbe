import type { Multipart } from "./bytes.js"
import { MAX_GROUP } from "./limits.js"

/** The facts about a socket type, apart from its routing. */
export interface SocketTypeFacts {
  /** Value of the ZMQ_TYPE option: `ZMQ_PAIR` is 0, and so on. */
  readonly number: number
  /** Socket types that it can be connected to (RFC 37, "The Socket-Type Property"). */
  readonly peers: readonly string[]
  /** Applications can send messages. */
  readonly sends?: true
  /** Applications can receive messages. */
  readonly receives?: true
  /** It sends its routing id in the Identity property. */
  readonly announcesIdentity?: true
  /** Whether a received message is well-formed. A malformed one ends the connection. */
  readonly isValid?: (message: Multipart) => boolean
  /** Meaning of the first frame of a message, if it is not part of the content. */
  readonly firstFrame?: "topic" | "peer"
  /** SUBSCRIBE and CANCEL: whether it accepts or sends them. */
  readonly subscriptions?: "accepts" | "sends"
  /** JOIN and LEAVE: whether it accepts or sends them. */
  readonly groups?: "accepts" | "sends"
  /** It transfers raw bytes instead of ZMTP. */
  readonly isRaw?: true
  /** Its direction over `udp://`; `only` also means that it supports no other transport. */
  readonly udp?: "sends" | "receives" | "only"
  /** Its direction over `epgm://`. */
  readonly epgm?: "sends" | "receives"
  /** Connecting twice to the same endpoint has no effect, as in libzmq. */
  readonly connectsOnce?: true
  /** Several threads may use one socket in libzmq (ZMQ_THREAD_SAFE). */
  readonly isThreadSafe?: true
}

/** Every socket type, by its name in the Socket-Type property. */
export const SOCKET_TYPES = {
  PAIR: { number: 0, peers: ["PAIR"], sends: true, receives: true },
  PUB: {
    number: 1,
    peers: ["SUB", "XSUB"],
    sends: true,
    firstFrame: "topic",
    subscriptions: "accepts",
    epgm: "sends",
    connectsOnce: true,
  },
  SUB: {
    number: 2,
    peers: ["PUB", "XPUB"],
    receives: true,
    firstFrame: "topic",
    subscriptions: "sends",
    epgm: "receives",
    connectsOnce: true,
  },
  REQ: {
    number: 3,
    peers: ["REP", "ROUTER"],
    sends: true,
    receives: true,
    announcesIdentity: true,
    isValid: isReply,
    connectsOnce: true,
  },
  REP: { number: 4, peers: ["REQ", "DEALER"], sends: true, receives: true },
  DEALER: {
    number: 5,
    peers: ["REP", "DEALER", "ROUTER"],
    sends: true,
    receives: true,
    announcesIdentity: true,
    connectsOnce: true,
  },
  ROUTER: {
    number: 6,
    peers: ["REQ", "DEALER", "ROUTER"],
    sends: true,
    receives: true,
    announcesIdentity: true,
    firstFrame: "peer",
  },
  PULL: { number: 7, peers: ["PUSH"], receives: true },
  PUSH: { number: 8, peers: ["PULL"], sends: true },
  XPUB: {
    number: 9,
    peers: ["SUB", "XSUB"],
    sends: true,
    receives: true,
    firstFrame: "topic",
    subscriptions: "accepts",
    epgm: "sends",
  },
  XSUB: {
    number: 10,
    peers: ["PUB", "XPUB"],
    sends: true,
    receives: true,
    firstFrame: "topic",
    subscriptions: "sends",
    epgm: "receives",
  },
  STREAM: { number: 11, peers: [], sends: true, receives: true, isRaw: true },
  SERVER: { number: 12, peers: ["CLIENT"], sends: true, receives: true, isThreadSafe: true },
  CLIENT: { number: 13, peers: ["SERVER"], sends: true, receives: true, isThreadSafe: true },
  RADIO: { number: 14, peers: ["DISH"], sends: true, groups: "accepts", udp: "sends", isThreadSafe: true },
  DISH: {
    number: 15,
    peers: ["RADIO"],
    receives: true,
    isValid: isOfGroup,
    groups: "sends",
    udp: "receives",
    isThreadSafe: true,
  },
  GATHER: { number: 16, peers: ["SCATTER"], receives: true, isThreadSafe: true },
  SCATTER: { number: 17, peers: ["GATHER"], sends: true, isThreadSafe: true },
  DGRAM: { number: 18, peers: [], sends: true, receives: true, udp: "only" },
  PEER: { number: 19, peers: ["PEER"], sends: true, receives: true, isThreadSafe: true },
  CHANNEL: { number: 20, peers: ["CHANNEL"], sends: true, receives: true, isThreadSafe: true },
} as const satisfies Readonly<Record<string, SocketTypeFacts>>

/** Name of a socket type, such as `"REQ"`. */
export type SocketTypeName = keyof typeof SOCKET_TYPES

export type SocketTypeNumber = (typeof SOCKET_TYPES)[SocketTypeName]["number"]

/** The names of the socket types, indexed by number. */
export const SOCKET_TYPE_NAMES = /* @__PURE__ */ Object.keys(SOCKET_TYPES) as readonly SocketTypeName[]

export function factsOf(type: SocketTypeName): SocketTypeFacts {
  return SOCKET_TYPES[type]
}

/**
 * Whether a socket of type `own` may be connected to a peer that announces `theirs` (RFC 37, "The Socket-Type
 * Property").
 */
export function isLegalPeer(own: SocketTypeName, theirs: string): boolean {
  return factsOf(own).peers.includes(theirs)
}

/**
 * `[empty, body…]`, after a request id of four bytes if the peer uses request ids (RFC 28, "The Request-Reply
 * Envelope").
 */
function isReply(message: Multipart): boolean {
  if (message[0]!.length === 0) return message.length > 1
  return message[0]!.length === 4 && message[1]?.length === 0 && message.length > 2
}

/** `[group, body]` (RFC 48). */
function isOfGroup(message: Multipart): boolean {
  return message.length === 2 && message[0]!.length <= MAX_GROUP
}
