import type { Message } from "./bytes.js"

/** Socket types by their number (`ZMQ_PAIR` = 0 …); the names are those of the Socket-Type property. */
export const SOCKET_TYPE_NAMES = [
  "PAIR",
  "PUB",
  "SUB",
  "REQ",
  "REP",
  "DEALER",
  "ROUTER",
  "PULL",
  "PUSH",
  "XPUB",
  "XSUB",
  "STREAM",
  "SERVER",
  "CLIENT",
  "RADIO",
  "DISH",
  "GATHER",
  "SCATTER",
  "DGRAM",
  "PEER",
  "CHANNEL",
] as const

export type SocketTypeName = (typeof SOCKET_TYPE_NAMES)[number]

/** Whether a socket of type `own` may talk to one that says it is `theirs` (RFC 37, "The Socket-Type Property"). */
export function isLegalPeer(own: SocketTypeName, theirs: string): boolean {
  return LEGAL_PEERS[own].includes(theirs)
}

/** Types that announce their routing id in the Identity property. */
export function announcesIdentity(type: SocketTypeName): boolean {
  return type === "REQ" || type === "DEALER" || type === "ROUTER"
}

/** Longest name of a group, in bytes (RFC 48). */
export const MAX_GROUP = 255

/** The commands by which a peer asks for messages and takes that back: `0x01 what` and `0x00 what` inside. */
export interface Wishes {
  readonly wanted: "SUBSCRIBE" | "JOIN"
  readonly unwanted: "CANCEL" | "LEAVE"
  /** Peers of ZMTP 3.0 know them too. */
  readonly old: boolean
}

/** What sockets of `type` take from their peers. */
export function takenWishes(type: SocketTypeName): Wishes | undefined {
  return type === "PUB" || type === "XPUB" ? SUBSCRIPTIONS : type === "RADIO" ? GROUPS : undefined
}

/** What sockets of `type` send to their peers. */
export function sentWishes(type: SocketTypeName): Wishes | undefined {
  return type === "SUB" || type === "XSUB" ? SUBSCRIPTIONS : type === "DISH" ? GROUPS : undefined
}

/** What every message of a peer has to be, where a type is particular. */
export function messageCheck(type: SocketTypeName): ((message: Message) => boolean) | undefined {
  return type === "REQ" ? isReply : type === "DISH" ? isOfGroup : undefined
}

/** `[empty, body…]`, with a request id of four bytes before it if the peer keeps one (RFC 28, "The Request-Reply Envelope"). */
function isReply(message: Message): boolean {
  if (message[0]!.length === 0) return message.length > 1
  return message[0]!.length === 4 && message[1]?.length === 0 && message.length > 2
}

/** `[group, body]` (RFC 48). */
function isOfGroup(message: Message): boolean {
  return message.length === 2 && message[0]!.length <= MAX_GROUP
}

const SUBSCRIPTIONS: Wishes = { wanted: "SUBSCRIBE", unwanted: "CANCEL", old: false }
const GROUPS: Wishes = { wanted: "JOIN", unwanted: "LEAVE", old: true }

const LEGAL_PEERS: Readonly<Record<SocketTypeName, readonly string[]>> = {
  PAIR: ["PAIR"],
  PUB: ["SUB", "XSUB"],
  SUB: ["PUB", "XPUB"],
  XPUB: ["SUB", "XSUB"],
  XSUB: ["PUB", "XPUB"],
  REQ: ["REP", "ROUTER"],
  REP: ["REQ", "DEALER"],
  DEALER: ["REP", "DEALER", "ROUTER"],
  ROUTER: ["REQ", "DEALER", "ROUTER"],
  PUSH: ["PULL"],
  PULL: ["PUSH"],
  STREAM: [],
  SERVER: ["CLIENT"],
  CLIENT: ["SERVER"],
  RADIO: ["DISH"],
  DISH: ["RADIO"],
  GATHER: ["SCATTER"],
  SCATTER: ["GATHER"],
  DGRAM: [],
  PEER: ["PEER"],
  CHANNEL: ["CHANNEL"],
}
