import { expect } from "chai"
import { existsSync, readFileSync } from "node:fs"
import * as native from "zeromq"

const root = new URL("../../", import.meta.url)
const page = readFileSync(new URL("docs/compatibility.md", root), "utf8")
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("| ") && !/^\| (name|-)/.test(line))
  .map((line) =>
    line
      .slice(2, -2)
      .split(" | ")
      .map((cell) => cell.trim()),
  )
const names = new Set(rows.flatMap(([name]) => [...name!.matchAll(/`([^`]+)`/g)].map(([, quoted]) => quoted!)))

const EVENTS = [
  ...["accept", "accept:error", "bind", "bind:error", "connect", "connect:delay", "connect:retry", "close"],
  ...["close:error", "disconnect", "end", "handshake", "handshake:error:protocol", "handshake:error:auth"],
  ...["handshake:error:other", "unknown"],
]

/** Internal members of zeromq.js. */
const INTERNAL = ["constructor", "inspect"]

/** Members that come from compilation to CommonJS or from importing it in Node. */
const OF_NODE = ["default", "module.exports", "__esModule"]

function properties(prototype: object): string[] {
  return Object.getOwnPropertyNames(prototype).filter((name) => !INTERNAL.includes(name) && !name.startsWith("_"))
}

describe("docs/compatibility.md", () => {
  it("has a row for every export of zeromq.js", () => {
    expect([...names]).to.include.members(Object.keys(native).filter((name) => !OF_NODE.includes(name)))
  })

  for (const [name, value] of Object.entries(native)) {
    const { prototype } = value as { prototype?: object }
    if (!/^[A-Z]/.test(name) || prototype === undefined || name === "Observer" || name === "Proxy") continue
    it(`has a row for every method and property of a ${name}`, () => {
      expect([...names]).to.include.members(properties(prototype))
    })
  }

  it("has a row for every event", () => {
    expect([...names]).to.include.members(EVENTS)
  })

  it("states for every row whether it is the same, better, or different, and never that it is missing", () => {
    for (const [name, verdict] of rows) expect(verdict, name).to.match(/\b(same|better|different)\b/)
    expect(page).not.to.match(/\bmissing\b/)
  })

  it("names existing tests", () => {
    const cited = rows.flatMap(([, , tests]) => tests!.split("; "))
    for (const test of cited) {
      const [file, name] = test.split(/:\s(.*)/, 2) as [string, string | undefined]
      expect(existsSync(new URL(file, root)), test).to.be.true
      if (name !== undefined) expect(readFileSync(new URL(file, root), "utf8"), test).to.include(`"${name}`)
    }
  })
})
