import { expect } from "chai"
import { readFileSync } from "node:fs"
import { Push } from "../src/index.js"
import { nodeChannels } from "../src/platform/node/diagnostics.js"

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8")

/** The quoted names in the first column of the table whose header row starts with `heading`. */
function namesIn(page: string, heading: string): string[] {
  const [, table] = read(page).split(new RegExp(`^\\| ${heading} .*$`, "m"))
  const rows = table!.split("\n\n")[0]!.split("\n").slice(2)
  return rows.flatMap((row) => [...row.split(" | ")[0]!.matchAll(/`"?([^`"]+)"?`/g)].map(([, name]) => name!))
}

/** These tables must be complete: every new name needs a row. */
describe("tables of the documentation", () => {
  it("list every counter of stats(): docs/observability.md", () => {
    const { queued, ...counters } = new Push().stats()
    const names = [...Object.keys(counters), ...Object.keys(queued).map((name) => `queued.${name}`)]
    expect(namesIn("docs/observability.md", "field").sort()).to.deep.equal(names.sort())
  })

  it("list every channel of diagnostics: docs/observability.md", () => {
    const names = Object.keys(nodeChannels).map((name) => `zmtp:${name}`)
    expect(namesIn("docs/observability.md", "channel").sort()).to.deep.equal(names.sort())
  })

  it("list every limit that an error can name: docs/semantics.md", () => {
    const [, type] = /type LimitName =\n((?: {2}\| ".*"\n)+)/.exec(read("src/zmtp/protocol-error.ts"))!
    const names = [...type!.matchAll(/"(.*)"/g)].map(([, name]) => name!)
    expect(namesIn("docs/semantics.md", "limit, as in `error.limit`").sort()).to.deep.equal(names.sort())
  })

  it("list values that reconnectStop takes: docs/reliability.md", () => {
    const names = namesIn("docs/reliability.md", "`reconnectStop`")
    expect(names).to.have.length(4)
    for (const name of names) {
      expect(new Push({ reconnectStop: name as "connectionRefused" }).reconnectStop).to.deep.equal([name])
    }
  })

  it("name the versions of Node that the tests run on: docs/versions.md", () => {
    const { engines } = JSON.parse(read("package.json")) as { engines: { node: string } }
    const least = engines.node.replace(">=", "")
    const [, matrix] = /node: \[(.*), latest\]/.exec(read(".github/workflows/test.yml"))!
    const versions = matrix!.split(", ").map((version) => version.replaceAll('"', ""))
    expect(versions[0]).to.equal(least)
    expect(read("docs/versions.md")).to.include(`zmtp runs on Node ${least} and later.`)
    expect(read("docs/versions.md")).to.include(`Node ${versions.join(", ")}, and the newest release`)
  })
})
