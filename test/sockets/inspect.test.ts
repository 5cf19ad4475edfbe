import { expect } from "chai"
import { inspect } from "node:util"
import { Pull, Push } from "../../src/index.js"
import { closing } from "../support/closing.js"

describe("util.inspect of a socket", () => {
  const use = closing()

  it("shows its type, endpoints, peers, and queues", async () => {
    const [push, pull] = [use(new Push({ linger: 0 })), use(new Pull())]
    expect(inspect(push, { breakLength: Infinity })).to.equal(
      "Push { type: 'PUSH', bound: [], connected: [], peers: 0, queued: { in: 0, out: 0 }, dropped: 0 }",
    )
    push.connect("inproc://inspected")
    await push.sendMany(["1", "2"])
    expect(inspect(push, { breakLength: Infinity })).to.equal(
      "Push { type: 'PUSH', bound: [], connected: [ 'inproc://inspected' ], peers: 0, queued: { in: 0, out: 2 }, dropped: 0 }",
    )
    await pull.bind("inproc://inspected")
    expect(inspect(pull, { breakLength: Infinity })).to.equal(
      "Pull { type: 'PULL', bound: [ 'inproc://inspected' ], connected: [], peers: 1, queued: { in: 2, out: 0 }, dropped: 0 }",
    )
    await pull.receive()
    pull.close()
    expect(inspect(pull)).to.match(/^Pull { type: 'PULL', closed: true, dropped: \d }$/)
  })

  it("shows the name of a subclass, and only the name at depth", () => {
    class Mine extends Pull {}
    expect(inspect(use(new Mine()))).to.match(/^Mine {\s+type: 'PULL'/)
    const nested = { a: { b: { c: use(new Pull()) } } }
    expect(inspect(nested, { depth: 2 })).to.contain("c: [Pull]")
    expect(inspect(nested, { depth: 3 })).to.match(/c: Pull {\s+type: 'PULL'/)
  })
})
