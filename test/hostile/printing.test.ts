import { expect } from "chai"
import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { printable } from "../../src/zmtp/printable.js"
import { moduleOf, NODE, RUNTIME } from "../support/runtime.js"
import { skip } from "../support/skip.js"

describe("large messages of control characters", () => {
  it("are escaped with little more memory than their text takes", async function () {
    this.timeout(60_000)
    if (RUNTIME !== "Node") skip(this, "an option of V8")
    const program = `
      import { printable } from ${JSON.stringify(new URL("../../src/zmtp/printable.ts", import.meta.url).href)}
      const text = printable("\\0".repeat(2e7), Infinity)
      const bytes = printable(new Uint8Array(2e7).fill(255), Infinity)
      console.log(text.length, text.endsWith("\\\\x00"), bytes.length, bytes.endsWith("\\\\xff"))`
    const args = ["--max-old-space-size=300", ...moduleOf(program, { typescript: true })]
    const { stdout } = await promisify(execFile)(NODE, args)
    expect(stdout).to.equal("80000000 true 80000000 true\n")
  })

  it("keep surrogate pairs together, wherever they are", () => {
    for (const before of ["", "a"]) {
      const text = before + "👩".repeat(40_000)
      expect(printable(text, Infinity)).to.equal(text)
    }
  })
})
