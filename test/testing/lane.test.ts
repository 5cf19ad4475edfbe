import { expect } from "chai"
import type { Duplex } from "node:stream"
import { duplexPair } from "../support/duplex-pair.js"
import type { Faults } from "../../src/testing.js"
import { Lane } from "../../src/testing/lane.js"
import { settle } from "../support/settle.js"

describe("Lane", () => {
  /** A lane with `faults`, the stream that the test writes to, and the output. */
  function create(faults: Faults, passing: (size: number) => boolean = () => true) {
    const [input, source] = duplexPair()
    const [target, output] = duplexPair()
    const state = { faults }
    const lane = new Lane(source as never, target as never, () => state.faults, 7, passing)
    const received: Buffer[] = []
    output.on("data", (chunk: Buffer) => received.push(chunk))
    return { lane, input, output, state, text: () => Buffer.concat(received).toString("latin1") }
  }

  const write = async (input: Duplex, text: string): Promise<void> => {
    input.write(text, "latin1")
    await settle()
    await settle()
  }

  it("forwards bytes and their end", async () => {
    const { input, output, text } = create({})
    const ended = new Promise((resolve) => output.once("end", resolve))
    await write(input, "hello")
    expect(text()).to.equal("hello")
    input.end(" and bye")
    await ended
    expect(text()).to.equal("hello and bye")
  })

  it("holds bytes back while it is stalled, and forwards them in order when it is not anymore", async () => {
    const { lane, input, state, text } = create({ stalled: true })
    await write(input, "a")
    await write(input, "b")
    expect(text()).to.equal("")
    state.faults = {}
    lane.pass()
    await settle()
    expect(text()).to.equal("ab")
  })

  it("asks before it forwards each piece, and stops if it must not", async () => {
    const sizes: number[] = []
    const { input, text } = create({}, (size) => {
      sizes.push(size)
      return sizes.length < 2
    })
    await write(input, "abc")
    await write(input, "de")
    expect([sizes, text()]).to.deep.equal([[3, 2], "abc"])
  })

  it("drops bytes that it has not forwarded when it stops", async () => {
    const { lane, input, state, text } = create({ stalled: true })
    await write(input, "a")
    lane.stop()
    state.faults = {}
    lane.pass()
    await settle()
    expect(text()).to.equal("")
  })

  it("flips single bits, the same ones for a seed however the bytes are divided", async () => {
    const content = "\0".repeat(5000)
    const whole = create({ corruptEvery: 100 })
    await write(whole.input, content)
    const parts = create({ corruptEvery: 100 })
    for (let at = 0; at < content.length; at += 999) await write(parts.input, content.slice(at, at + 999))
    expect(parts.text()).to.equal(whole.text())
    const changed = Array.from(whole.text())
      .map((character) => character.charCodeAt(0))
      .filter((byte) => byte !== 0)
    expect(changed.every((byte) => (byte & (byte - 1)) === 0)).to.equal(true)
    // The expected value is 50, and the standard deviation 7.
    expect(changed.length).to.be.within(15, 85)
  })

  it("does not change the memory of the sender", async () => {
    const memory = Buffer.alloc(1000)
    const { input } = create({ corruptEvery: 10 })
    input.write(memory)
    await settle()
    await settle()
    expect(memory.equals(Buffer.alloc(1000))).to.equal(true)
  })
})
