import { expect } from "chai"
import { readFile } from "node:fs/promises"
import { optionsPage } from "../../support/options-page.js"

describe("docs/options.md", () => {
  it("is what `npm run docs:options` writes from the table", async () => {
    expect(await readFile(new URL("../../../docs/options.md", import.meta.url), "utf8")).to.equal(await optionsPage())
  }).timeout(60_000)
})
