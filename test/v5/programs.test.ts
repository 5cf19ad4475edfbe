import { expect } from "chai"
import { execFile } from "node:child_process"
import { readdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

const run = promisify(execFile)
const programs = new URL("programs/", import.meta.url)

async function outputOf(program: string, library: string): Promise<string> {
  const { stdout } = await run(process.execPath, [fileURLToPath(new URL(program, programs)), library], {
    timeout: 30_000,
  })
  return stdout
}

describe("a program written for zeromq.js 5", () => {
  for (const program of readdirSync(programs)) {
    it(`SHALL see the same, message for message and error for error: ${program}`, async () => {
      const [native, ours] = await Promise.all(
        ["zeromq/v5-compat", "zmtp/v5-compat"].map((library) => outputOf(program, library)),
      )
      expect(ours).to.equal(native)
      expect(ours).to.not.equal("")
    }).timeout(60_000)
  }
})
