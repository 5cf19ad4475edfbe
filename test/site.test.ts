import { expect } from "chai"
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { apiPages } from "../scripts/site/api.js"
import { exampleFiles, exampleSources, GROUPS, placeOf, relinked, summaryOf, titleOf } from "../scripts/site/pages.js"
import { indexed } from "../scripts/site/search.js"

const root = fileURLToPath(new URL("../", import.meta.url)).replace(/\/$/, "")
const pages = Object.values(GROUPS).flat()

/** `npm run docs` checks the rest: HTML links and anchors, and search results. */
describe("the site of the documentation", () => {
  it("has every page of docs in its navigation, once", () => {
    const sources = readdirSync(`${root}/docs`, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".md"))
      .map((name) => `docs/${name.replaceAll("\\", "/")}`)
    expect(pages.filter((page) => page.startsWith("docs/")).sort()).to.deep.equal(sources.sort())
    expect(new Set(pages.map(placeOf)).size).to.equal(pages.length)
  })

  for (const page of pages) {
    it(`has a title and a summary: ${page}`, () => {
      const text = readFileSync(`${root}/${page}`, "utf8")
      expect(titleOf(text)).to.match(/^[A-Z]/)
      expect(summaryOf(text)).to.match(/^\S.*[.:)]$/)
    })
  }

  it("has a page for each example, with its files", () => {
    const sources = exampleSources(root)
    expect(sources.map(placeOf)).to.include("examples/weather.md")
    expect(placeOf("examples/weather")).to.equal("examples/weather.md")
    for (const source of sources) {
      expect(titleOf(readFileSync(`${root}/${source}`, "utf8")), source).to.match(/^[A-Z]/)
      expect(exampleFiles(root, source), source).to.match(/^### .*package\.json$/m)
    }
  })

  it("keeps links between pages, and publishes the files that pages link to", () => {
    const files: string[] = []
    const publish = (path: string): string => {
      files.push(path)
      return `source/${path}.txt`
    }
    const text =
      "[a](patterns/pair.md#tips) [`b`](../../SECURITY.md) [c](../../test/README.md) `[d](../no.md)`\n[e](../../LICENSE)"
    expect(relinked(root, "docs/guide/faq.md", text, publish)).to.equal(
      "[a](./patterns/pair.md#tips) [`b`](../security-policy.md) [c](../tests.md) `[d](../no.md)`\n[e](../source/LICENSE.txt)",
    )
    expect(files).to.deep.equal(["LICENSE"])
    expect(() => relinked(root, "docs/guide/faq.md", "[f](nowhere.md)", publish)).to.throw(
      "docs/guide/faq.md: nowhere.md",
    )
  })

  it("leaves the options of each class out of the index, since they are those of one page", () => {
    const text = "# Push\n\n## Options\n\nlinger\n\n## Options by number\n\nsetBoolOption\n"
    expect(indexed("api/zmtp/Push.md", text)).to.equal("# Push\n\n## Options by number\n\nsetBoolOption\n")
    expect(indexed("api/zmtp/Push.md", "# Push\n\n## Options\n\nlinger\n")).to.equal("# Push\n\n")
    expect(indexed("options.md", text)).to.equal(text)
  })

  it("has documentation for every exported symbol", async function () {
    this.timeout(120_000)
    expect(await apiPages(root)).to.have.length.greaterThan(20)
  })
})
