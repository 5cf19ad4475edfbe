import { expect } from "chai"
import { existsSync, readFileSync } from "node:fs"
import { hasTest } from "./support/titles.js"

const root = new URL("../", import.meta.url)
const page = readFileSync(new URL("docs/conformance.md", root), "utf8")
const tables = page.split("\n## ").slice(1).map(readTable)

interface Row {
  readonly id: string
  readonly what: string
  readonly tests: string
}

function readTable(section: string): { title: string; rows: Row[] } {
  const [title, ...lines] = section.split("\n")
  const rows = lines
    .filter((line) => line.startsWith("| ") && !/^\| (id|-)/.test(line))
    .map((line) => line.slice(2, -2).split(" | "))
    .map(([id, what, tests]) => ({ id: id!.trim(), what: what!.trim(), tests: tests!.trim() }))
  return { title: title!, rows }
}

/** `file: name` of each test in a cell, without notes in parentheses at the end. */
function cited(cell: string): [file: string, name: string][] {
  const tests = cell.replace(/^none: .*?(, see |$)/, "").replace(/ \([^()]*\)$/, (note) => (isNote(note) ? "" : note))
  if (tests === "") return []
  return tests.split("; ").map((test) => {
    const [file, name] = test.split(/: (.*)/, 2) as [string, string]
    return [fileOf(file), name]
  })
}

/** A test title may also end in parentheses, but only with the name of an option or an RFC. */
function isNote(brackets: string): boolean {
  return !/^ \((ZMQ_|RFC )/.test(brackets)
}

function fileOf(short: string): string {
  const path = short.startsWith("interop/") ? short : `test/${short}`
  return /\.\w+$/.test(path) ? path : `${path}.test.ts`
}

const sources = new Map<string, string>()

/** Other files that define tests for a test file. */
const CASES: Readonly<Record<string, readonly string[]>> = {
  "test/transports/compliance.test.ts": [
    "src/testing/compliance/endpoint-cases.ts",
    "src/testing/compliance/peer-cases.ts",
  ],
}

function sourceOf(file: string): string {
  let source = sources.get(file)
  if (source === undefined) {
    source = [file, ...(CASES[file] ?? [])].map((each) => readFileSync(new URL(each, root), "utf8")).join("\n")
    sources.set(file, source)
  }
  return source
}

describe("docs/conformance.md", () => {
  it("has a table for every RFC and for libzmq's tests, with a unique id for each row", () => {
    for (const rfc of [37, 23, 24, 25, 26, 27, 28, 29, 30, 31, 41, 48, 49]) {
      expect(tables.some(({ title }) => new RegExp(`RFC ${rfc}\\b`).test(title))).to.equal(true, `RFC ${rfc}`)
    }
    for (const { title, rows } of tables) {
      expect(rows, title).to.not.be.empty
      const ids = rows.map(({ id }) => id)
      expect(new Set(ids).size, title).to.equal(ids.length)
    }
  })

  for (const { title, rows } of tables) {
    it(`names existing tests, or the reason why there are none: ${title}`, () => {
      const missing: string[] = []
      for (const { id, what, tests } of rows) {
        expect(what, id).to.not.equal("")
        expect(tests.startsWith("none: ") || cited(tests).length > 0, id).to.equal(true)
        for (const [file, name] of cited(tests)) {
          if (!existsSync(new URL(file, root)) || !hasTest(sourceOf(file), name))
            missing.push(`${id}: ${file} has no "${name}"`)
        }
      }
      expect(missing.join("\n")).to.equal("")
    })
  }
})
