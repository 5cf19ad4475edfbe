import { expect } from "chai"
import { spend } from "../../src/core/budget.js"
import { settle } from "../support/settle.js"

/** How many operations of `size` bytes go before one has to wait, and what for. */
function exhaust(size: number): { count: number; turn: Promise<void> } {
  for (let count = 1; ; count++) {
    const turn = spend(size)
    if (turn !== undefined) return { count, turn }
  }
}

describe("spend", () => {
  beforeEach(async () => {
    await exhaust(8 * 1024 * 1024).turn
  })

  afterEach(settle)

  it("has a loop wait for the event loop after 8192 operations", async () => {
    const { count, turn } = exhaust(0)
    expect(count).to.equal(8193)
    await turn
    expect(exhaust(0).count).to.equal(8193)
  })

  it("has it wait after 8 MiB", () => {
    expect(exhaust(1024 * 1024).count).to.equal(9)
  })

  it("has it wait for one large operation", () => {
    expect(exhaust(16 * 1024 * 1024).count).to.equal(1)
  })

  it("forgets what was spent before the event loop turned", async () => {
    for (let count = 0; count < 8000; count++) expect(spend(1)).to.equal(undefined)
    await settle()
    expect(exhaust(0).count).to.equal(8193)
  })
})
