import { expect } from "chai"
import "../../src/draft.js"
import "../../src/index.js"
import { registeredType } from "../../src/sockets/type-registry.js"
import { factsOf, SOCKET_TYPE_NAMES, type SocketTypeName } from "../../src/zmtp/socket-types.js"
import { host, receiveRefusal, sendRefusal } from "../support/peer.js"
import { DEFAULTS } from "../support/pattern-options.js"

/**
 * For each type without a peer: whether it can be written, and the errors of a send and of a receive that cannot wait.
 */
const ALONE: readonly (readonly [SocketTypeName, boolean, string, string])[] = [
  ["PAIR", false, "EAGAIN", "EAGAIN"],
  ["PUB", true, "EAGAIN", "ENOTSUP"],
  ["SUB", false, "ENOTSUP", "EAGAIN"],
  ["REQ", false, "EAGAIN", "EFSM"],
  ["REP", false, "EFSM", "EAGAIN"],
  ["DEALER", false, "EAGAIN", "EAGAIN"],
  ["ROUTER", true, "EHOSTUNREACH", "EAGAIN"],
  ["PULL", false, "ENOTSUP", "EAGAIN"],
  ["PUSH", false, "EAGAIN", "ENOTSUP"],
  ["XPUB", true, "EAGAIN", "EAGAIN"],
  ["XSUB", true, "EAGAIN", "EAGAIN"],
  ["STREAM", true, "EHOSTUNREACH", "EAGAIN"],
  ["SERVER", true, "EHOSTUNREACH", "EAGAIN"],
  ["CLIENT", false, "EAGAIN", "EAGAIN"],
  ["RADIO", true, "EAGAIN", "ENOTSUP"],
  ["DISH", false, "ENOTSUP", "EAGAIN"],
  ["GATHER", false, "ENOTSUP", "EAGAIN"],
  ["SCATTER", false, "EAGAIN", "ENOTSUP"],
  ["DGRAM", false, "EAGAIN", "EAGAIN"],
  ["PEER", true, "EHOSTUNREACH", "EAGAIN"],
  ["CHANNEL", false, "EAGAIN", "EAGAIN"],
]

describe("a socket without a peer", () => {
  for (const [name, writable, whySend, whyReceive] of ALONE) {
    it(`${writable ? "accepts" : "does not accept"} messages as ${name}, receives none, and reports the reason`, () => {
      const { pattern } = host((host) => registeredType(SOCKET_TYPE_NAMES.indexOf(name))!.pattern(host, DEFAULTS))
      expect([pattern.writable, pattern.readable, pattern.receive?.()]).to.deep.equal([writable, false, undefined])
      expect(sendRefusal(pattern, "abcd", "body")).to.equal(whySend)
      expect(receiveRefusal(pattern)).to.equal(whyReceive)
    })
  }

  it("fails with ENOTSUP only for operations that its type does not support", () => {
    for (const [name, , whySend, whyReceive] of ALONE) {
      const { sends = false, receives = false } = factsOf(name)
      expect([whySend !== "ENOTSUP", whyReceive !== "ENOTSUP"], name).to.deep.equal([sends, receives])
    }
  })

  it("is of one of these types", () => {
    expect(ALONE.map(([name]) => name)).to.deep.equal(SOCKET_TYPE_NAMES)
  })
})
