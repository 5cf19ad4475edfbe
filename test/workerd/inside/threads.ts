// Runs in Cloudflare's runtime with the published build: the errors of programs that use threads, which Workers do not
// have.
import { expect } from "chai"
import { Context, context, Pull, Push } from "zmtp"
import { joinContext } from "zmtp/browser"

describe("workerd: threads", () => {
  it("have no Worker class to start them", () => {
    expect("Worker" in globalThis).to.equal(false)
  })

  it("cannot join contexts over a port: ENOTSUP says where that works", () => {
    const { port1 } = new MessageChannel()
    const join = (): unknown => joinContext(new Context(), port1)
    expect(join)
      .to.throw("Workers have no threads: joinContext works in pages and in Node")
      .with.property("code", "ENOTSUP")
  })

  it("are not needed for inproc://, whose names belong to a context", async () => {
    const own = new Context()
    const [pull, push, stranger] = [new Pull(), new Push({ context }), new Push({ context: own, sendTimeout: 20 })]
    await pull.bind("inproc://workerd-threads")
    for (const socket of [push, stranger]) socket.connect("inproc://workerd-threads")
    await push.send("from the same context")
    const [frame] = await pull.receive()
    expect(new TextDecoder().decode(frame)).to.equal("from the same context")
    // Over inproc, messages are queued for a name that is not bound yet.
    await stranger.send("from another")
    expect(stranger.stats().queued.out).to.equal(1)
    for (const socket of [pull, push, stranger]) {
      socket.linger = 0
      socket.close()
    }
  })

  it("are not needed to attach a message port, whose chunks are copied because the host cannot transfer them", async () => {
    const { port1, port2 } = new MessageChannel()
    const [push, pull] = [new Push({ context: new Context() }), new Pull({ context: new Context() })]
    const accepting = pull.attach(port2, { role: "accept" })
    await Promise.all([push.attach(port1), accepting])
    const body = new Uint8Array(600_000).fill(3)
    await push.send(["head", body])
    const [head, received] = await pull.receive()
    expect(new TextDecoder().decode(head)).to.equal("head")
    expect(received).to.deep.equal(body)
    for (const socket of [push, pull]) socket.close()
  })
})
