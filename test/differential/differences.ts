/** Deliberate differences: what programs observe with zeromq and with this library, and why. */
export const DIFFERENCES: Readonly<Record<string, { native: unknown; ours: unknown; why: string }>> = {
  tipc: { native: true, ours: false, why: "Node has no TIPC sockets; programs ask before they use it" },
  epgm: { native: false, ours: true, why: "zeromq.js is built without PGM" },
  ws: { native: false, ours: true, why: "zeromq.js does not report WebSockets as a capability" },
  "epgm:// for a Dealer": {
    native: "EPROTONOSUPPORT",
    ours: "ENOCOMPATPROTO",
    why: "as in libzmq with PGM: it is for PUB, XPUB, SUB, and XSUB",
  },
  "subscribe of an XPublisher": { native: false, ours: true, why: "`manual` is of no use without" },
  "undefined for a context": {
    native: "Invalid argument",
    ours: "made",
    why: "an option that is undefined is left out",
  },
  "null for a context": { native: "Invalid argument", ours: "EINVAL", why: "every operation error has its code" },
  "[object Object] for a context": {
    native: "Invalid argument",
    ours: "EINVAL",
    why: "every operation error has its code",
  },
  "a hole in a message": {
    native: "undefined",
    ours: "Frame 1 of 1 is missing: the array has a hole",
    why: "part of the message is missing: a mistake is told, not sent",
  },
  "a second send": {
    native: "Socket is busy writing; only one send operation may be in progress at any time",
    ours: "waits",
    why: "concurrent code is the rule in JavaScript: calls are served in order",
  },
  "a second receive": {
    native: "Socket is busy reading; only one receive operation may be in progress at any time",
    ours: "waits",
    why: "concurrent code is the rule in JavaScript: calls are served in order",
  },
  "two loops at once": { native: "EBUSY", ours: "served in turn", why: "as for two calls of receive" },
  "other calls while it binds or unbinds": {
    native: ["connect: EBUSY", "send: EBUSY", "disconnect: EBUSY", "receive: EBUSY"],
    ours: ["connect: done", "send: done", "disconnect: done", "receive: done"],
    why: "a server that binds another endpoint goes on serving the first",
  },
  "an iterator while the socket binds": {
    native: "EBUSY",
    ours: "x",
    why: "a server that binds another endpoint goes on serving the first",
  },
  "return of an iterator": {
    native: "undefined",
    ours: "function",
    why: "a loop that is left while it waits takes no message that nobody would see",
  },
  "why peers do not suit each other": {
    native: false,
    ours: true,
    why: "a `handshake:error:` event comes before `disconnect`; libzmq says nothing",
  },
  "an option object for send": {
    native: "Expected 1 argument but received 2",
    ours: "sent",
    why: "send takes { signal, timeout }",
  },
  "an option object for receive": {
    native: "Expected 0 arguments but received 1",
    ours: "received",
    why: "receive takes { signal, timeout }",
  },
  "`plainServer: false` after keys": {
    native: null,
    ours: "curve",
    why: "security that was asked for is not turned off by an option that asks for another",
  },
  "`plainServer: false` after a name and a password": {
    native: null,
    ours: "plain",
    why: "security that was asked for is not turned off by an option that asks for another",
  },
  "`plainUsername: null` after keys": {
    native: null,
    ours: "curve",
    why: "security that was asked for is not turned off by an option that asks for another",
  },
  "`plainUsername: null` after `plainServer`": {
    native: null,
    ours: "plain",
    why: "security that was asked for is not turned off by an option that asks for another",
  },
  "`curveServer: false` after keys": {
    native: null,
    ours: "curve",
    why: "security that was asked for is not turned off by an option that asks for another",
  },
  "`curveServer: false` after `plainServer`": {
    native: null,
    ours: "plain",
    why: "security that was asked for is not turned off by an option that asks for another",
  },
  "the user name after `null`": {
    native: "u",
    ours: null,
    why: "`null` takes the value back",
  },
  "a maxMessageSize that is none": {
    native: "taken",
    ours: "EINVAL",
    why: "numbers below -1 limit nothing, and those that are not finite let nothing through",
  },
  "a second peer of one id": {
    native: "handshake",
    ours: "handshake:error:other",
    why: "it is rejected before it sends what nobody would receive",
  },
  "incomplete options of CURVE": {
    native: "bound",
    ours: "EINVAL",
    why: "a key that is missing would be one of zeros, which everybody has",
  },
}
