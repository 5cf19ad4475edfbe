import { expect } from "chai"
import { readFile } from "node:fs/promises"
import { cliPage } from "../support/cli-page.js"

describe("docs/cli.md", () => {
  it("SHALL have the tables that follow from the commands (npm run docs:cli)", async () => {
    expect(await readFile(new URL("../../docs/cli.md", import.meta.url), "utf8")).to.equal(await cliPage())
  })
})
