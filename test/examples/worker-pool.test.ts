import { expect } from "chai"
import { runExample } from "../support/example.js"

describe("the example of a pool of threads", function () {
  this.timeout(60_000)

  it("performs every task once, with one thread and with as many as there are cores", async () => {
    const lines = await runExample("worker-pool", "20")
    // There are 17,984 primes below 200,000.
    for (const line of lines) expect(line).to.match(/^\d+ threads?: 20 tasks, sum 359680, /)
    expect(lines[0]).to.match(/^1 thread:/)
  })
})
