import { expect } from "chai"
import { readFile } from "node:fs/promises"
import { runProgram, snippetsOf } from "./support/snippets.js"

describe("the documentation", () => {
  for (const page of ["observability", "typed-messages"]) {
    it(`SHALL have programs in ${page} that run as printed, and end by themselves`, async () => {
      const snippets = snippetsOf(await readFile(new URL(`../docs/${page}.md`, import.meta.url), "utf8"))
      expect(snippets).to.not.be.empty
      const outputs = await Promise.all(snippets.map(({ code }) => runProgram(code)))
      expect(outputs).to.deep.equal(snippets.map(({ printed }) => printed))
    }).timeout(60_000)
  }
})
