import { expect } from "chai"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Program, type Outcome } from "../support/program.js"

const root = fileURLToPath(new URL("../../", import.meta.url))

/** A script with an option of each kind that prints the parsed values. */
const SCRIPT = `
  import { readOptions } from "./scripts/options.mjs"
  console.log(JSON.stringify(readOptions("node script.mjs [options]", {
    name: { type: "string", value: "TEXT", description: "a text" },
    color: { type: "string", value: "NAME", default: "red", choices: ["red", "green"], description: "a color" },
    file: { type: "string", value: "FILE", multiple: true, description: "a file" },
    count: { type: "integer", default: 5, least: 1, description: "a count" },
    seconds: { type: "number", default: 1, above: 0, description: "a duration" },
    loud: { type: "boolean", description: "a switch" },
  })))`

const run = (...args: string[]): Promise<Outcome> => new Program(process.execPath, args, { cwd: root }).end()
const script = (...args: string[]): Promise<Outcome> => run("--input-type=module", "--eval", SCRIPT, "--", ...args)

describe("options of scripts", () => {
  it("have the types and defaults of their definitions", async () => {
    const defaults = { color: "red", file: [], count: 5, seconds: 1, loud: false }
    expect(JSON.parse((await script()).stdout)).to.deep.equal(defaults)
    const args = ["--name=a", "--color", "green", "--file", "b", "--file", "c", "--count", "2", "--seconds", "0.5"]
    const given = { name: "a", color: "green", file: ["b", "c"], count: 2, seconds: 0.5, loud: true }
    expect(JSON.parse((await script(...args, "--loud")).stdout)).to.deep.equal(given)
  })

  it("are listed by --help", async () => {
    const { code, stdout, stderr } = await script("--help")
    expect([code, stderr]).to.deep.equal([0, ""])
    expect(stdout).to.equal(`Usage: node script.mjs [options]

Options:
  --name TEXT   a text
  --color NAME  a color (one of red, green; default: red)
  --file FILE   a file (may be repeated)
  --count N     a count (default: 5)
  --seconds N   a duration (default: 1)
  --loud        a switch
  --help        print this text
`)
  })

  for (const [argument, reason] of [
    ["--nonsense", "Unknown option '--nonsense'"],
    ["extra", "Unexpected argument 'extra'"],
    ["--name", "Option '--name <value>' argument missing"],
    ["--loud=1", "Option '--loud' does not take an argument"],
    ["--color=blue", 'Invalid --color "blue": expected one of red, green'],
    ["--count=0", 'Invalid --count "0": expected an integer of at least 1'],
    ["--count=1.5", 'Invalid --count "1.5": expected an integer of at least 1'],
    ["--count=", 'Invalid --count "": expected an integer of at least 1'],
    ["--seconds=0", 'Invalid --seconds "0": expected a number above 0'],
    ["--seconds=long", 'Invalid --seconds "long": expected a number above 0'],
  ] as const) {
    it(`end the script with the reason, the usage, and exit code 2 if they are invalid: ${argument}`, async () => {
      const { code, stdout, stderr } = await script(argument)
      expect([code, stdout]).to.deep.equal([2, ""])
      expect(stderr).to.match(/^(.*)\n\nUsage: node script\.mjs \[options\]\n\nOptions:\n {2}--name TEXT/)
      expect(stderr.split("\n")[0]).to.equal(reason)
    })
  }

  it("are read by the benchmarks", async () => {
    const bench = (...args: string[]): Promise<Outcome> => run("--import", "tsx", "bench/run.ts", ...args)
    const [help, unknown] = await Promise.all([bench("--help"), bench("--nonsense")])
    expect([help.code, help.stdout.split("\n")[0]]).to.deep.equal([0, "Usage: npm run bench -- [options]"])
    expect([unknown.code, unknown.stderr.split("\n")[0]]).to.deep.equal([2, "Unknown option '--nonsense'"])
  }).timeout(60_000)

  it("are parsed only in scripts/options.mjs", () => {
    const files = ["bench", "scripts", "test/fuzz", "test/load", "test/soak"].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((file) => `${folder}/${file}`),
    )
    const others = files.filter(
      (file) => /\.m?[jt]s$/.test(file) && /parseArgs\(|argv\.includes/.test(readFileSync(join(root, file), "utf8")),
    )
    expect(others).to.deep.equal(["scripts/options.mjs"])
  })
})
