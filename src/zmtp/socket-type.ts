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

/** Types that take SUBSCRIBE and CANCEL from their peers. */
export function takesSubscriptions(type: SocketTypeName): boolean {
  return type === "PUB" || type === "XPUB"
}

/** Types that send SUBSCRIBE and CANCEL to their peers. */
export function sendsSubscriptions(type: SocketTypeName): boolean {
  return type === "SUB" || type === "XSUB"
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
}
