import { expect } from "chai"
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { anchorsOf, linksOf } from "./support/links.js"
import { programsOf, runPrograms, typeErrorsOf, unexplained, type Outcome, type Program } from "./support/snippets.js"

const root = fileURLToPath(new URL("../", import.meta.url))
const read = (page: string): string => readFileSync(join(root, page), "utf8")

const pages = [
  ...readdirSync(root).filter((name) => name.endsWith(".md")),
  ...["bench", "docs", "examples", "src"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".md"))
      .map((name) => join(folder, name)),
  ),
].sort()

describe("the programs of the documentation", () => {
  const programs = pages.flatMap((page) => programsOf(page, read(page)))
  let outcomes: Map<Program, Outcome>

  before(async function () {
    this.timeout(120_000)
    outcomes = await runPrograms(programs, 110_000)
  })

  it("type-check", async () => {
    expect(await typeErrorsOf(programs)).to.equal("")
  }).timeout(120_000)

  for (const program of programs) {
    it(`run as printed: ${program.page}, line ${program.line}`, () => {
      const { printed, error } = outcomes.get(program)!
      expect(error).to.equal(undefined)
      expect(printed).to.equal(program.printed)
    })
  }
})

describe("the documentation", () => {
  for (const page of pages) {
    it(`has valid links, and gives the reason why a program is not run: ${page}`, () => {
      const broken = linksOf(read(page)).filter((link) => !leadsSomewhere(page, link))
      expect(broken).to.deep.equal([])
      expect(unexplained(read(page))).to.deep.equal([])
    })
  }
})

function leadsSomewhere(page: string, link: string): boolean {
  const [path, anchor] = link.split("#")
  const target = path === "" ? page : join(dirname(page), decodeURIComponent(path!))
  if (!existsSync(join(root, target))) return false
  if (anchor === undefined) return true
  return statSync(join(root, target)).isFile() && anchorsOf(read(target)).has(anchor)
}
