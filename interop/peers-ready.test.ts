import { expect } from "chai"
import { Publisher, Push, XPublisher } from "../src/index.js"
import { libzmqPeers } from "./support/remote.js"
import { closeAll, closing } from "./support/sockets.js"

describe("peersReady with libzmq peers", () => {
  const libzmq = libzmqPeers()
  afterEach(closeAll)

  for (const Type of [Publisher, XPublisher]) {
    for (const binder of ["zmtp", "libzmq"] as const) {
      it(`resolves when a subscriber receives messages of a ${Type.name}, bound by ${binder}`, async () => {
        const publisher = closing(new Type())
        const subscriber = await libzmq.socket("Subscriber")
        if (binder === "zmtp") {
          await publisher.bind("tcp://127.0.0.1:*")
          await subscriber.connect(publisher.lastEndpoint!)
        } else publisher.connect(await subscriber.bind("tcp://127.0.0.1:*"))
        await publisher.peersReady()
        const ready = publisher.peersReady(1, { topic: "weather.berlin" })
        await subscriber.subscribe("weather.")
        // libzmq processes new connections, and sends subscriptions to them, only during calls.
        const received = subscriber.receive()
        await ready
        await publisher.send("weather.berlin")
        expect(await received).to.deep.equal(["weather.berlin"])
        await subscriber.close()
      })
    }
  }

  it("resolves when workers have connected, so that each gets its share", async () => {
    const push = closing(new Push())
    await push.bind("tcp://127.0.0.1:*")
    const pulls = [await libzmq.socket("Pull"), await libzmq.socket("Pull")]
    const ready = push.peersReady(2)
    for (const pull of pulls) await pull.connect(push.lastEndpoint!)
    await ready
    for (const task of ["1", "2"]) await push.send(task)
    const tasks = await Promise.all(pulls.map((pull) => pull.receive()))
    expect(tasks.flat().sort()).to.deep.equal(["1", "2"])
    for (const pull of pulls) await pull.close()
  })
})
