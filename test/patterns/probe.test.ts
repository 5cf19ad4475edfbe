import { expect } from "chai"
import { DealerPattern } from "../../src/patterns/dealer.js"
import { ReqPattern } from "../../src/patterns/req.js"
import { RouterPattern } from "../../src/patterns/router.js"
import { host, Peer, receive } from "../support/peer.js"
import { DEFAULTS } from "../support/pattern-options.js"

const PROBING = { ...DEFAULTS, probeRouter: true }

describe("probeRouter (ZMQ_PROBE_ROUTER)", () => {
  for (const Type of [DealerPattern, ReqPattern, RouterPattern]) {
    it(`SHALL begin each connection of a ${Type.name} with an empty message, and no other`, () => {
      const { pattern } = host((host) => new Type(host, PROBING))
      expect(new Peer(pattern).drain()).to.deep.equal([[""]])
      expect(new Peer(host((host) => new Type(host, DEFAULTS)).pattern).drain()).to.be.empty
    })
  }

  it("SHALL tell a ROUTER of the connection by a message of the id and nothing", () => {
    const { pattern } = host((host) => new RouterPattern(host, DEFAULTS))
    new Peer(pattern, { routingId: "id" }).send("")
    expect(receive(pattern)).to.deep.equal(["id", ""])
  })
})
