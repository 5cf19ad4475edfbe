import { expect } from "chai"
import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { TYPESCRIPT } from "../support/runtime.js"

const root = new URL("../../", import.meta.url)

describe("the example of a pool of threads", function () {
  this.timeout(60_000)

  it("SHALL do every task once, with one thread and with as many as there are cores", async () => {
    const program = new URL("examples/worker-pool/main.ts", root).pathname
    const { stdout } = await promisify(execFile)(process.execPath, [...TYPESCRIPT, program, "20"], { cwd: root })
    const lines = stdout.trimEnd().split("\n")
    // There are 17,984 primes below 200,000.
    for (const line of lines) expect(line).to.match(/^\d+ threads?: 20 tasks, sum 359680, /)
    expect(lines[0]).to.match(/^1 thread:/)
  })
})
