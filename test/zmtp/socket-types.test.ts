import { expect } from "chai"
import { factsOf, isLegalPeer, SOCKET_TYPE_NAMES } from "../../src/zmtp/socket-types.js"

/** The table of RFC 37, column by column, and the additions of RFCs 41, 48, 49, 51, and 52. */
const LEGAL_PAIRS = `
  PAIR-PAIR PUB-SUB PUB-XSUB XPUB-SUB XPUB-XSUB REQ-REP REQ-ROUTER REP-DEALER
  DEALER-DEALER DEALER-ROUTER ROUTER-ROUTER PUSH-PULL
  SERVER-CLIENT RADIO-DISH SCATTER-GATHER PEER-PEER CHANNEL-CHANNEL`
  .trim()
  .split(/\s+/)

const legal = new Set(LEGAL_PAIRS.flatMap((pair) => [pair, pair.split("-").reverse().join("-")]))

const typesThat = (test: (type: (typeof SOCKET_TYPE_NAMES)[number]) => boolean): string[] =>
  SOCKET_TYPE_NAMES.filter(test)

describe('socket types (RFC 37, "The Socket-Type Property")', () => {
  for (const own of SOCKET_TYPE_NAMES) {
    it(`lets ${own} connect only to its legal peers`, () => {
      for (const theirs of SOCKET_TYPE_NAMES) {
        expect(isLegalPeer(own, theirs), theirs).to.equal(legal.has(`${own}-${theirs}`))
      }
      for (const unknown of ["", "STREAM", "DGRAM", own.toLowerCase(), `${own}\0`]) {
        expect(isLegalPeer(own, unknown), unknown).to.equal(false)
      }
    })
  }

  it("has REQ, DEALER, and ROUTER announce a routing id", () => {
    expect(typesThat((type) => factsOf(type).announcesIdentity === true)).to.deep.equal(["REQ", "DEALER", "ROUTER"])
  })

  it("lists the types by their numbers", () => {
    expect(SOCKET_TYPE_NAMES.map((name) => factsOf(name).number)).to.deep.equal([...SOCKET_TYPE_NAMES.keys()])
  })
})
