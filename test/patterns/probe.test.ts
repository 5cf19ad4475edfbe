import { expect } from "chai"
import { DealerPattern } from "../../src/patterns/dealer.js"
import { ReqPattern } from "../../src/patterns/req.js"
import { RouterPattern } from "../../src/patterns/router.js"
import { host, Peer, receive } from "../support/peer.js"
import { DEFAULTS } from "../support/pattern-options.js"

const PROBING = { ...DEFAULTS, probeRouter: true }

describe("probeRouter (ZMQ_PROBE_ROUTER)", () => {
  for (const Type of [DealerPattern, ReqPattern, RouterPattern]) {
    it(`begins each connection of a ${Type.name} with one empty message`, () => {
      const { pattern } = host((host) => new Type(host, PROBING))
      expect(new Peer(pattern).drain()).to.deep.equal([[""]])
      expect(new Peer(host((host) => new Type(host, DEFAULTS)).pattern).drain()).to.be.empty
    })
  }

  it("reports the connection to a ROUTER by a message of the id and an empty frame", () => {
    const { pattern } = host((host) => new RouterPattern(host, DEFAULTS))
    new Peer(pattern, { routingId: "id" }).send("")
    expect(receive(pattern)).to.deep.equal(["id", ""])
  })
})
