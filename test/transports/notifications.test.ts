import { expect } from "chai"
import { Dealer, Router } from "../../src/index.js"
import { closing } from "../support/closing.js"

describe("routerNotify (ZMQ_ROUTER_NOTIFY)", () => {
  const use = closing()

  /** The messages of a ROUTER with `routerNotify` while a peer connects, says hello, and disconnects. */
  async function told(routerNotify: number, count: number): Promise<string[]> {
    const router = use(new Router())
    router.routerNotify = routerNotify
    await router.bind("tcp://127.0.0.1:*")
    const dealer = use(new Dealer({ routingId: "id" }))
    dealer.connect(router.lastEndpoint!)
    await dealer.send("hello")
    dealer.close()
    const received: string[] = []
    while (received.length < count) received.push((await router.receive()).map(String).join(" "))
    return received
  }

  it("notifies a ROUTER of peers that connect and disconnect, by the id and an empty frame", async () => {
    expect(await told(3, 3)).to.deep.equal(["id ", "id hello", "id "])
  })

  it("notifies of connects with 1, and of disconnects with 2", async () => {
    expect(await told(1, 2)).to.deep.equal(["id ", "id hello"])
    expect(await told(2, 2)).to.deep.equal(["id hello", "id "])
  })
})
