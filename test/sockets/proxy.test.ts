import { expect } from "chai"
import diagnostics from "node:diagnostics_channel"
import { Dealer, Proxy, Pull, Push, Router, Subscriber, XPublisher, type MessageReport } from "../../src/index.js"
import { closing } from "../support/closing.js"
import { freeInproc } from "../support/endpoints.js"

describe("Proxy", () => {
  const use = closing()

  /** Lets the event loop turn at least once, and until `done` returns true. */
  async function turnUntil(done: () => boolean): Promise<void> {
    do await new Promise(setImmediate)
    while (!done())
  }

  it("counts a message as dropped that was received but not sent when it is terminated", async () => {
    const [front, back] = [use(new Pull()), use(new XPublisher({ noDrop: true, sendHighWaterMark: 1 }))]
    const [input, output] = [freeInproc(), freeInproc()]
    await front.bind(input)
    await back.bind(output)
    const subscriber = use(new Subscriber({ receiveHighWaterMark: 1 }))
    subscriber.connect(output)
    subscriber.subscribe("")
    await back.receive()
    const push = use(new Push())
    push.connect(input)
    for (const text of "123") await push.send(text)
    const proxy = new Proxy(front, back)
    const running = proxy.run()
    await turnUntil(() => front.stats().received === 3)
    expect(back.stats()).to.include({ sent: 2, dropped: 0 })
    proxy.terminate()
    await running
    expect([front.stats().dropped, back.stats().dropped]).to.deep.equal([0, 1])
  })

  it("counts a message as dropped whose peer a mandatory Router does not know", async () => {
    const [front, back] = [use(new Pull()), use(new Router({ mandatory: true }))]
    const [input, output] = [freeInproc(), freeInproc()]
    await front.bind(input)
    await back.bind(output)
    const peer = use(new Dealer({ routingId: "known" }))
    peer.connect(output)
    const push = use(new Push())
    push.connect(input)
    await push.send(["unknown", "1"])
    await push.send(["known", "2"])
    const proxy = new Proxy(front, back)
    const running = proxy.run()
    expect(String(await peer.receive())).to.equal("2")
    expect(back.stats()).to.include({ sent: 1, dropped: 1 })
    proxy.terminate()
    await running
  })

  it("continues in one direction when forwarding in the other direction makes room", async () => {
    const options = { sendHighWaterMark: 1, receiveHighWaterMark: 1 }
    const [front, back] = [use(new Dealer(options)), use(new Dealer(options))]
    const [input, output] = [freeInproc(), freeInproc()]
    await front.bind(input)
    await back.bind(output)
    const [asking, answering] = [use(new Dealer(options)), use(new Dealer(options))]
    asking.connect(input)
    answering.connect(output)
    const proxy = new Proxy(front, back)
    const running = proxy.run()
    for (const text of "1234") await asking.send(text)
    await turnUntil(() => back.stats().sent === 2)
    // The peer makes room while the proxy receives the answer.
    const received: string[] = []
    const receive = (report: unknown): void => {
      if ((report as MessageReport).socket !== back) return
      for (const message of [answering.tryReceive(), answering.tryReceive()]) received.push(String(message))
    }
    diagnostics.subscribe("zmtp:receive", receive)
    await answering.send("answer")
    expect(String(await asking.receive())).to.equal("answer")
    diagnostics.unsubscribe("zmtp:receive", receive)
    for (const text of ["3", "4"]) expect(String(await answering.receive())).to.equal(text)
    expect(received).to.deep.equal(["1", "2"])
    proxy.terminate()
    await running
  })
})
