import { expect } from "chai"
import { readFile } from "node:fs/promises"
import { cliPage } from "../support/cli-page.js"

describe("docs/cli.md", () => {
  it("contains the tables that npm run docs:cli generates from the commands", async () => {
    expect(await readFile(new URL("../../docs/cli.md", import.meta.url), "utf8")).to.equal(await cliPage())
  })
})
