import { expect } from "chai"
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { closing } from "../support/closing.js"
import { ExampleFolder } from "../support/example.js"
import type { Program } from "../support/program.js"
import { HAS_ADDON, RUNTIME } from "../support/runtime.js"
import { skip } from "../support/skip.js"

const root = new URL("../../", import.meta.url)
const withoutZeromq = new URL("test/support/without-zeromq.mjs", root).href

describe("npm start", function () {
  it("runs this example from the sources: from a fresh clone, without a build", async () => {
    const { scripts } = JSON.parse(await readFile(new URL("package.json", root), "utf8")) as {
      scripts: { start: string }
    }
    const [program, flag, config, example] = scripts.start.split(" ")
    expect([program, flag, example]).to.deep.equal(["tsx", "--tsconfig", "examples/main-job/main.js"])
    const { compilerOptions } = JSON.parse(await readFile(new URL(config!, root), "utf8")) as {
      compilerOptions: { paths: Record<string, string[]> }
    }
    expect(compilerOptions.paths["zmtp"]).to.deep.equal(["../src/index.ts"])
  })
})

describe("examples/main-job", function () {
  this.timeout(60_000)
  const open = closing()
  let folder: string

  const run = (folder: string, ...flags: string[]): Program =>
    open(open(new ExampleFolder("main-job")).start("main.js", [folder], { flags }))

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "zmtp-main-job-"))
    await mkdir(join(folder, "below"))
    await writeFile(join(folder, "a.txt"), "one two three\n".repeat(500))
    await writeFile(join(folder, "below", "b.txt"), "vier fünf\n")
    await writeFile(join(folder, "empty.txt"), "")
    await writeFile(join(folder, "binary"), "six\0seven")
  })

  afterEach(() => rm(folder, { recursive: true }))

  it("counts a folder with four workers, one of them on libzmq, and computes the correct totals", async function () {
    // The program needs Node and the native addon.
    if (RUNTIME !== "Node" || !HAS_ADDON) skip(this, "Node with the addon only")
    const { code, stdout } = await run(folder).end()
    expect(code).to.equal(0)
    const lines = stdout.split("\n")
    expect(lines).to.include("4 workers, each in a process of its own")
    expect(lines.filter((line) => /^(zmtp [123]|libzmq) +\d+ +\d+ /.test(line))).to.have.length(4)
    expect(lines.find((line) => line.startsWith("all"))).to.match(/^all +\d+ +1,502 /)
    expect(lines).to.include("3 files, 2 of them with text")
    expect(lines).to.include("The totals are those of a plain count in one process.")
  })

  it("continues with a message if the native peer cannot be loaded", async function () {
    if (RUNTIME !== "Node") skip(this, "a hook of Node's loader keeps the peer from loading")
    const { code, stdout } = await run(folder, "--import", withoutZeromq).end()
    expect(code).to.equal(0)
    const lines = stdout.split("\n")
    expect(lines).to.include("libzmq does not take part: No native build was found")
    expect(lines).to.include("3 workers, each in a process of its own")
    expect(lines).to.include("The totals are those of a plain count in one process.")
  })

  it("fails with a clear error for a missing folder", async () => {
    const { code, stderr } = await run(join(folder, "nowhere")).end()
    expect(code).to.equal(1)
    expect(stderr).to.contain("no such file or directory")
  })

  it("ends immediately on Ctrl-C", async () => {
    const program = run(folder)
    await program.says(/./, "stdout")
    program.interrupt()
    expect((await program.end()).code).to.equal(130)
  })
})
