import { expect } from "chai"
import { execFileSync } from "node:child_process"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import * as nodeModule from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { RUNTIME } from "../support/runtime.js"
import { skip } from "../support/skip.js"

const program = new URL("../../dist/node/cli.cjs", import.meta.url).pathname

describe("the compile cache of the command line", () => {
  const folder = mkdtempSync(join(tmpdir(), "zmtp-test-"))
  /** Files that the command line leaves in the temporary folder. */
  const leftBy = (variables: NodeJS.ProcessEnv): string[] => {
    const env = { ...process.env, TMPDIR: folder, NODE_COMPILE_CACHE: undefined, ...variables }
    execFileSync(process.execPath, [program, "--help"], { env })
    return readdirSync(folder)
  }

  before(function () {
    if (RUNTIME !== "Node" || !("enableCompileCache" in nodeModule)) skip(this, "needs Node 22.1 or newer")
    if (process.platform === "win32") skip(this, "TMPDIR is not used on Windows")
  })

  after(() => {
    rmSync(folder, { recursive: true })
  })

  it("is not used when it is disabled", () => {
    expect(leftBy({ NODE_DISABLE_COMPILE_CACHE: "1" })).to.deep.equal([])
  })

  it("is in the directory that Node uses", () => {
    expect(leftBy({})).to.deep.equal(["node-compile-cache"])
  })
})
