import { expect } from "chai"
import { readFile } from "node:fs/promises"
import { runProgram, snippetsOf } from "./support/snippets.js"

const root = new URL("../", import.meta.url)

describe("docs/testing.md", () => {
  it("SHALL have a program that runs as printed", async () => {
    const [snippet] = snippetsOf(await readFile(new URL("docs/testing.md", root), "utf8"))
    expect(await runProgram(snippet!.code)).to.equal(snippet!.printed)
  }).timeout(60_000)
})

describe("the README", () => {
  it("SHALL have a program for each pattern that runs as printed, and ends by itself", async () => {
    const snippets = snippetsOf(await readFile(new URL("README.md", root), "utf8"))
    const outputs = await Promise.all(snippets.map(({ code }) => runProgram(code)))
    expect(outputs).to.deep.equal(snippets.map(({ printed }) => printed))
    expect(snippets).to.have.length(7)
  }).timeout(60_000)

  it("SHALL link only to what is there", async () => {
    const markdown = await readFile(new URL("README.md", root), "utf8")
    const links = [...markdown.matchAll(/\]\((?!https?:|#)([^)#]+)\)/g)].map(([, path]) => path!)
    expect(links).to.not.be.empty
    for (const path of links) await readFile(new URL(path, root))
  })
})
