import { expect } from "chai"
import { Pull, Push } from "../../src/index.js"
import { closing } from "../support/closing.js"
import { nextEvent } from "../support/events.js"
import { texts } from "../support/receiving.js"

describe("tcpAcceptFilter (ZMQ_TCP_ACCEPT_FILTER)", () => {
  const use = closing()

  async function filtered(...blocks: string[]): Promise<Pull> {
    const pull = use(new Pull())
    for (const block of blocks) pull.tcpAcceptFilter = block
    await pull.bind("tcp://127.0.0.1:*")
    return pull
  }

  async function expectEntry(pull: Pull): Promise<void> {
    const push = use(new Push())
    push.connect(pull.lastEndpoint!)
    await push.send("in")
    expect(await texts(pull, 1)).to.deep.equal(["in"])
  }

  for (const blocks of [["127.0.0.1"], ["127.0.0.0/8"], ["10.0.0.0/8", "127.0.0.1/32"], ["0.0.0.0/0"]]) {
    it(`accepts peers in its blocks: ${blocks.join(", ")}`, async () => {
      await expectEntry(await filtered(...blocks))
    })
  }

  it("rejects all others, and `accept:error` reports the reason", async () => {
    const pull = await filtered("10.0.0.0/8")
    use(new Push({ reconnectInterval: -1 })).connect(pull.lastEndpoint!)
    const { error } = await nextEvent(pull, "accept:error")
    expect(error).to.have.property("code", "EACCES")
    expect((error.cause as Error).message).to.include("127.0.0.1")
  })

  it("accepts all peers again after it was cleared, from the next endpoint on", async () => {
    const pull = await filtered("10.0.0.0/8")
    pull.tcpAcceptFilter = null
    await pull.bind("tcp://127.0.0.1:*")
    await expectEntry(pull)
  })
})
