import { expect } from "chai"
import { execFile } from "node:child_process"
import { readdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { NODE, RUNTIME } from "../support/runtime.js"

const run = promisify(execFile)
const programs = new URL("programs/", import.meta.url)

/** The output of `program`. The native package runs in Node, so its engine errors have V8's messages. */
async function outputOf(program: string, library: string): Promise<string> {
  const runtime = library.startsWith("zeromq") ? NODE : process.execPath
  const { stdout } = await run(runtime, [fileURLToPath(new URL(program, programs)), library], {
    timeout: 30_000,
  })
  return RUNTIME === "Bun" ? stdout.replace(/TypeError\(.*\)/g, "TypeError") : stdout
}

/** Only the lines that differ, to keep the output of failures short. */
function differences(ours: string, native: string): { ours: string | undefined; native: string | undefined }[] {
  const [left, right] = [ours.split("\n"), native.split("\n")]
  const longer = left.length > right.length ? left : right
  return longer
    .map((_, line) => ({ ours: left[line], native: right[line] }))
    .filter(({ ours, native }) => ours !== native)
}

describe("a program written for zeromq.js 5", () => {
  for (const program of readdirSync(programs)) {
    it(`behaves the same, message for message and error for error: ${program}`, async () => {
      const [native, ours] = await Promise.all(
        ["zeromq/v5-compat", "zmtp/v5-compat"].map((library) => outputOf(program, library)),
      )
      expect(differences(ours!, native!)).to.deep.equal([])
      expect(ours).to.not.equal("")
    }).timeout(60_000)
  }
})
