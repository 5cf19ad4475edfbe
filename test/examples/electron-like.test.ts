import { expect } from "chai"
import { runExample } from "../support/example.js"

describe("the example of a desktop application", function () {
  this.timeout(100_000)

  it("shows the progress and the result of the thread in both windows, while the main process stays responsive", async () => {
    // There are 17,984 primes below 200,000. Windows may print in any order.
    expect((await runExample("electron-like")).sort()).to.deep.equal([
      "window 1: 25, 50, 75, 100 %, 17984 primes",
      "window 1: main is free",
      "window 2: 25, 50, 75, 100 %, 17984 primes",
      "window 2: main is free",
    ])
  })
})
