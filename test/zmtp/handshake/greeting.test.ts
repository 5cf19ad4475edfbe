import { expect } from "chai"
import { Greeting } from "../../../src/zmtp/handshake/greeting.js"
import { Outbox } from "../../../src/zmtp/frames/outbox.js"
import { cuts, hex } from "../../support/cuts.js"
import { codeOf } from "../../support/messages.js"
import { GREETING_3_0, GREETING_3_1, GREETING_TAIL, SIGNATURE } from "../../support/vectors.js"

/** One side of a greeting, and its output after each step. */
class Side {
  readonly outbox = new Outbox()
  readonly greeting: Greeting

  constructor(mechanism = "NULL", asServer = false, routingIdLength = 0) {
    this.greeting = new Greeting(mechanism, asServer, routingIdLength, undefined)
    this.greeting.begin(this.outbox)
  }

  get said(): Buffer {
    return Buffer.concat(this.outbox.drain())
  }

  push(bytes: Buffer): Uint8Array | undefined {
    return this.greeting.push(bytes, this.outbox)
  }
}

function mutated(offset: number, bytes: string): Buffer {
  const greeting = Buffer.from(GREETING_3_1)
  hex(bytes).copy(greeting, offset)
  return greeting
}

describe('Greeting (RFC 37, "The Greeting")', () => {
  it("sends the signature without waiting", () => {
    expect(new Side().said).to.deep.equal(SIGNATURE)
  })

  it("sends its routing id's length plus one as padding, as ZMTP 1.0 peers read it", () => {
    expect(new Side("NULL", false, 2).said).to.deep.equal(hex("ff00000000000000037f"))
    expect(new Side("NULL", false, 255).said).to.deep.equal(hex("ff00000000000001007f"))
  })

  it("answers a signature with its major version, and an eleventh byte with the rest", () => {
    const side = new Side()
    expect(side.said).to.deep.equal(SIGNATURE)
    side.push(GREETING_3_1.subarray(0, 9))
    expect(side.said).to.be.empty
    side.push(GREETING_3_1.subarray(9, 10))
    expect(side.said).to.deep.equal(hex("03"))
    side.push(GREETING_3_1.subarray(10, 11))
    expect(side.said).to.deep.equal(GREETING_TAIL)
    side.push(GREETING_3_1.subarray(11))
    expect(side.said).to.be.empty
  })

  for (const [name, greeting] of [
    ["3.1", GREETING_3_1],
    ["3.0", GREETING_3_0],
  ] as const) {
    it(`reads a greeting of ${name} and returns the rest, however it is split`, () => {
      for (const chunks of cuts(Buffer.concat([greeting, Buffer.from("xy")]))) {
        const side = new Side()
        const left: Buffer[] = []
        for (const chunk of chunks) left.push(Buffer.from(side.push(chunk) ?? []))
        expect(Buffer.concat(left).toString()).to.equal("xy")
        expect(side.greeting.version).to.equal(name)
        expect(side.said).to.deep.equal(GREETING_3_1)
      }
    })
  }

  it("announces that it is the server if the mechanism has one", () => {
    const side = new Side("PLAIN", true)
    side.push(SIGNATURE)
    side.push(hex("03"))
    expect(side.said).to.deep.equal(
      hex(`ff00000000000000017f 0301 504c41494e ${"00".repeat(15)} 01 ${"00".repeat(31)}`),
    )
  })

  for (const [name, offset, bytes] of [
    ["any padding in the signature", 1, Buffer.from("abcdefgh").toString("hex")],
    ["a signature that ends in any odd byte", 9, "01"],
    ["the as-server flag", 32, "01"],
    ["junk after the as-server flag", 33, "ab".repeat(31)],
    ["a later minor version", 11, "07"],
    ["a later major version", 10, "04"],
    ["a major version of 2, which was never released", 10, "02"],
  ] as const) {
    it(`accepts ${name}`, () => {
      const side = new Side()
      expect(side.push(mutated(offset, bytes))).to.be.empty
      expect(side.greeting.version).to.equal("3.1")
    })
  }

  it("treats a later major version as 3.1, regardless of its minor version", () => {
    const side = new Side()
    side.push(mutated(10, "0400"))
    expect(side.greeting.version).to.equal("3.1")
  })

  for (const [name, offset, bytes] of [
    ["an unversioned peer of ZMTP 1.0", 0, "01"],
    ["a length of ZMTP 1.0 in place of a signature", 9, "7e"],
    ["a versioned peer of ZMTP 1.0", 10, "00"],
    ["a peer of ZMTP 2.0", 10, "01"],
  ] as const) {
    it(`rejects ${name} if older peers are not accepted, at byte ${offset + 1}`, () => {
      const side = new Side()
      const greeting = mutated(offset, bytes)
      side.push(greeting.subarray(0, offset))
      expect(codeOf(() => side.push(greeting.subarray(offset, offset + 1)))).to.equal("ERR_ZMTP_UNSPECIFIED")
    })
  }

  for (const [name, bytes] of [
    ["another mechanism", "504c41494e"],
    ["its mechanism in lower case", "6e756c6c"],
    ["a longer name", "4e554c4c4c"],
    ["junk after the name's end", "4e554c4c0001"],
    ["an unreadable name", "0aff4c4c"],
  ] as const) {
    it(`rejects ${name}`, () => {
      expect(codeOf(() => new Side().push(mutated(12, bytes)))).to.equal("ERR_ZMTP_MECHANISM_MISMATCH")
    })
  }

  it("compares all twenty bytes of a mechanism's name", () => {
    for (let at = 0; at < 20; at++) {
      const greeting = mutated(12 + at, "58")
      expect(
        codeOf(() => new Side().push(greeting)),
        `byte ${at}`,
      ).to.equal("ERR_ZMTP_MECHANISM_MISMATCH")
    }
  })

  it("names both mechanisms in the error, unless one is unreadable", () => {
    expect(() => new Side().push(mutated(12, "504c41494e"))).to.throw('Peer uses "PLAIN", this socket uses "NULL"')
    expect(() => new Side().push(mutated(12, "0aff4c4c"))).to.throw('Peer uses "\\n\u00ffLL", this socket uses "NULL"')
  })

  it("accepts and returns any mechanism, for passive observers", () => {
    const greeting = new Greeting(undefined, false, 0, undefined)
    const outbox = new Outbox()
    greeting.begin(outbox)
    expect(greeting.push(mutated(12, "504c41494e"), outbox)).to.be.empty
    expect([greeting.peerMechanism, greeting.peerAsServer]).to.deep.equal(["PLAIN", false])
    const server = new Greeting(undefined, false, 0, undefined)
    server.push(mutated(32, "01"), new Outbox())
    expect([server.peerMechanism, server.peerAsServer]).to.deep.equal(["NULL", true])
  })
})
