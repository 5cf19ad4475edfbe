/** What programs show that differs on purpose: with zeromq, with this library, and why. */
export const DIFFERENCES: Readonly<Record<string, { native: unknown; ours: unknown; why: string }>> = {
  tipc: { native: true, ours: false, why: "Node has no TIPC sockets; programs ask before they use it" },
  epgm: { native: false, ours: true, why: "zeromq.js is built without PGM" },
  "epgm:// for a Dealer": {
    native: "EPROTONOSUPPORT",
    ours: "ENOCOMPATPROTO",
    why: "as in libzmq with PGM: it is for PUB, XPUB, SUB and XSUB",
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
}
