import { expect } from "chai"
import { Router } from "../../src/index.js"
import { closing } from "../support/closing.js"
import { RawListener } from "../support/raw-peer.js"

describe("a server that drops every connection", () => {
  const use = closing()

  it("does not make a ROUTER with routerNotify use more memory each time", async () => {
    const server = use(await new RawListener().listen())
    const router = use(new Router({ routerNotify: 3, receiveHighWaterMark: 2, reconnectInterval: 1, linger: 0 }))
    router.connect(server.endpoint)
    for (let count = 0; count < 200; count++) {
      const peer = await server.accept()
      await peer.shake("DEALER")
      peer.close()
    }
    expect(router.stats().queued.in).to.be.within(2, 2 + 64)
  })
})
