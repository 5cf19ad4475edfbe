import { expect } from "chai"
import { ExampleFolder, runExample } from "../support/example.js"
import { skip } from "../support/skip.js"

describe("examples/nestjs-transport", function () {
  this.timeout(60_000)

  it("passes messages, streams, errors, and events of a NestJS application", async function () {
    const folder = new ExampleFolder("nestjs-transport")
    folder.close()
    if (folder.missing.length > 0) skip(this, "NestJS is not installed; npm run hosts runs this with it")
    expect(await runExample("nestjs-transport")).to.deep.equal([
      "sum: 6",
      "countdown: 3,2,1",
      "fail: this always fails",
      'unknown: No handler for "unknown"',
      "event: hello",
    ])
  })
})
