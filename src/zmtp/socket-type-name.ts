import type { Multipart } from "./bytes.js"
import { MAX_GROUP } from "./limits.js"

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

/** What every message of a peer has to be, where a type is particular. */
export function messageCheck(type: SocketTypeName): ((message: Multipart) => boolean) | undefined {
  return type === "REQ" ? isReply : type === "DISH" ? isOfGroup : undefined
}

/** `[empty, body…]`, with a request id of four bytes before it if the peer keeps one (RFC 28, "The Request-Reply Envelope"). */
function isReply(message: Multipart): boolean {
  if (message[0]!.length === 0) return message.length > 1
  return message[0]!.length === 4 && message[1]?.length === 0 && message.length > 2
}

/** `[group, body]` (RFC 48). */
function isOfGroup(message: Multipart): boolean {
  return message.length === 2 && message[0]!.length <= MAX_GROUP
}

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
