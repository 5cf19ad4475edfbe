import { expect } from "chai"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { HAS_ADDON, RUNTIME, TYPESCRIPT } from "../support/runtime.js"
import { skip } from "../support/skip.js"

const root = new URL("../../", import.meta.url)
const withoutZeromq = new URL("test/support/without-zeromq.mjs", root).href

function run(folder: string, ...flags: string[]) {
  const program = new URL("examples/main-job/main.ts", root).pathname
  const child = spawn(process.execPath, [...flags, ...TYPESCRIPT, program, folder], { cwd: root })
  const exit = once(child, "exit") as Promise<[code: number | null]>
  return { child, exit, output: text(child.stdout), errors: text(child.stderr) }
}

describe("npm start", function () {
  this.timeout(60_000)
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "zmtp-main-job-"))
    await mkdir(join(folder, "below"))
    await writeFile(join(folder, "a.txt"), "one two three\n".repeat(500))
    await writeFile(join(folder, "below", "b.txt"), "vier fünf\n")
    await writeFile(join(folder, "empty.txt"), "")
    await writeFile(join(folder, "binary"), "six\0seven")
  })

  afterEach(() => rm(folder, { recursive: true }))

  it("SHALL count a folder with four workers, one of them on libzmq, and find the totals right", async function () {
    // It is a program for Node, with a native addon.
    if (RUNTIME !== "Node" || !HAS_ADDON) skip(this, "Node with the addon only")
    const { exit, output } = run(folder)
    expect((await exit)[0]).to.equal(0)
    const lines = (await output).split("\n")
    expect(lines).to.include("4 workers, each in a process of its own")
    expect(lines.filter((line) => /^(zmtp [123]|libzmq) +\d+ +\d+ /.test(line))).to.have.length(4)
    expect(lines.find((line) => line.startsWith("all"))).to.match(/^all +\d+ +1,502 /)
    expect(lines).to.include("3 files, 2 of them with text")
    expect(lines).to.include("The totals are those of a plain count in one process.")
  })

  it("SHALL say so and go on when the native peer cannot load", async function () {
    // The peer is kept from loading by a hook of Node's loader.
    if (RUNTIME !== "Node") skip(this, "Node only")
    const { exit, output } = run(folder, "--import", withoutZeromq)
    expect((await exit)[0]).to.equal(0)
    const lines = (await output).split("\n")
    expect(lines).to.include("libzmq does not take part: No native build was found")
    expect(lines).to.include("3 workers, each in a process of its own")
    expect(lines).to.include("The totals are those of a plain count in one process.")
  })

  it("SHALL fail with a clear error for a folder that is not there", async () => {
    const { exit, errors } = run(join(folder, "nowhere"))
    expect((await exit)[0]).to.equal(1)
    expect(await errors).to.contain("no such file or directory")
  })

  it("SHALL end at once on Ctrl-C", async () => {
    const { child, exit } = run(folder)
    await once(child.stdout, "data")
    process.kill(child.pid!, "SIGINT")
    expect((await exit)[0]).to.equal(130)
  })
})
