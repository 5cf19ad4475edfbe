import { expect } from "chai"
import { Pull, Push } from "../../src/index.js"
import { Binding } from "../../src/v5/binding.js"
import { STATE_CLOSED, STATE_READY, ZMQ_SNDMORE } from "../../src/v5/constants.js"
import { closing } from "../support/closing.js"
import { text } from "../support/messages.js"
import { thrown } from "../support/receiving.js"

const nothing = (): undefined => undefined

describe("_zmq of zeromq.js 5", () => {
  const use = closing()

  async function connected(): Promise<{ pull: Pull; push: Push; binding: Binding }> {
    const pull = use(new Pull())
    await pull.bind("tcp://127.0.0.1:*")
    const push = use(new Push())
    push.connect(pull.lastEndpoint!)
    return { pull, push, binding: new Binding(push, push, nothing) }
  }

  it("has the state of the socket", () => {
    const push = new Push()
    const binding = new Binding(push, push, nothing)
    expect(binding.state).to.equal(STATE_READY)
    push.close()
    expect(binding.state).to.equal(STATE_CLOSED)
  })

  it("sends frames with their flags, and returns whether they were sent", async () => {
    const { pull, binding } = await connected()
    expect(binding.sendv(["a", ZMQ_SNDMORE, Buffer.from("b"), 0])).to.equal(true)
    expect(text(await pull.receive())).to.deep.equal(["a", "b"])
    const alone = use(new Push())
    expect(new Binding(alone, alone, nothing).sendv(["a", 0])).to.equal(false)
  })

  it("rejects flags that leave the message unfinished, or end it early", async () => {
    const { binding } = await connected()
    for (const [index, content] of [
      [0, ["a", ZMQ_SNDMORE]],
      [0, ["a", 0, "b", 0]],
      [1, ["a", ZMQ_SNDMORE, "b"]],
    ] as const) {
      expect(thrown(() => binding.sendv(content)).message).to.equal(
        `Invalid flags after frame ${index}: must be ZMQ_SNDMORE, and 0 after the last frame`,
      )
    }
  })

  it("cannot send on a socket that only receives, or is closed", async () => {
    const { pull, push, binding } = await connected()
    expect(thrown(() => new Binding(pull, undefined, nothing).sendv(["a", 0])).message).to.equal(
      "Cannot send on this socket type.",
    )
    push.close()
    expect(thrown(() => binding.sendv(["a", 0])).message).to.equal("Socket is closed")
  })

  it("calls onSendReady once when the socket can send, if pending is set", async () => {
    const push = use(new Push())
    const binding = new Binding(push, push, nothing)
    const ready = new Promise<void>((resolve) => (binding.onSendReady = resolve))
    binding.pending = true
    expect(binding.pending).to.equal(true)
    const pull = use(new Pull())
    await pull.bind("tcp://127.0.0.1:*")
    push.connect(pull.lastEndpoint!)
    await ready
    expect(binding.pending).to.equal(false)
  })

  it("returns the message that was received", () => {
    const message = [Buffer.from("a")]
    const pull = use(new Pull())
    expect(new Binding(pull, undefined, () => message).readv()).to.equal(message)
  })
})
