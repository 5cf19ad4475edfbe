import { expect } from "chai"
import { Reply } from "../../src/index.js"
import { closing } from "../support/closing.js"
import { runExample } from "../support/example.js"

describe("the example for zmtp/protocol", function () {
  this.timeout(60_000)
  const use = closing()

  it("works over the standard input and output of a child process", async () => {
    const [line, ...rest] = await runExample("any-stream")
    const [, child, answerer] = /^hello, child (\d+), says process (\d+)$/.exec(line!)!
    expect(rest).to.deep.equal([])
    expect(child).to.equal(answerer)
  })

  it("works over its own connection", async () => {
    const reply = use(new Reply())
    await reply.bind("tcp://127.0.0.1:*")
    const { hostname, port } = new URL(reply.lastEndpoint!)
    const asking = runExample("any-stream", hostname, port)
    expect(String(await reply.receive())).to.equal("hello")
    await reply.send("world")
    expect(await asking).to.deep.equal(["world"])
  })
})
