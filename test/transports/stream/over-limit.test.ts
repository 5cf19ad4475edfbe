import { expect } from "chai"
import { departedPeersExceeded, overLimit } from "../../../src/transports/stream/over-limit.js"

describe("overLimit", () => {
  it("returns EMFILE with the name of the limit, as in events", () => {
    expect(overLimit("maxConnections", "Over 5")).to.include({
      code: "EMFILE",
      limit: "maxConnections",
      message: "Over 5",
    })
    expect(departedPeersExceeded()).to.include({ code: "EMFILE", limit: "messages of departed peers" })
  })
})
