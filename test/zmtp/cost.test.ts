import { expect } from "chai"
import { spawnSync } from "node:child_process"
import { costOf, FRAME_OVERHEAD, MESSAGE_OVERHEAD } from "../../src/zmtp/cost.js"
import { moduleOf, NODE, RUNTIME } from "../support/runtime.js"
import { skip } from "../support/skip.js"

describe("costOf", () => {
  it("counts the bytes of a message and its overhead", () => {
    expect(costOf([new Uint8Array(5)])).to.equal(MESSAGE_OVERHEAD + FRAME_OVERHEAD + 5)
    expect(costOf([new Uint8Array(5), new Uint8Array(0), new Uint8Array(7)])).to.equal(
      MESSAGE_OVERHEAD + 3 * FRAME_OVERHEAD + 12,
    )
  })

  it("is at least the memory of messages, and at most twice as much", function () {
    if (RUNTIME !== "Node") skip(this, "other engines have other objects")
    const program = `
      import { Ring } from "${new URL("../../src/core/ring.js", import.meta.url).href}"
      import { view } from "${new URL("../../src/zmtp/bytes.js", import.meta.url).href}"
      const memory = Buffer.alloc(1000)
      const used = () => (gc(), gc(), process.memoryUsage().heapUsed)
      const kept = []
      const sizes = [1, 2, 3, 8, 50, 1000].map((frames) => {
        const count = Math.ceil(100_000 / frames)
        const ring = new Ring()
        const before = used()
        for (let index = 0; index < count; index++) {
          const message = []
          for (let frame = 0; frame < frames; frame++) message.push(view(memory.buffer, frame % 100, 0))
          ring.push(frames === 1 ? [message[0]] : message)
        }
        kept.push(ring)
        return [frames, (used() - before) / count]
      })
      console.log(JSON.stringify(sizes))`
    const args = moduleOf(program, { typescript: true, gc: true })
    const { stdout, stderr } = spawnSync(NODE, args, { encoding: "utf8" })
    expect(stderr).to.equal("")
    for (const [frames, bytes] of JSON.parse(stdout) as [number, number][]) {
      const cost = costOf(Array<Uint8Array>(frames).fill(new Uint8Array(0)))
      expect(bytes, `${frames} frames`).to.be.within(cost / 2, cost)
    }
  })
})
