import { expect } from "chai"
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { closing } from "../support/closing.js"
import { ExampleFolder } from "../support/example.js"
import { RUNTIME } from "../support/runtime.js"
import { skip } from "../support/skip.js"

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url))

describe("examples/electron-ports", function () {
  this.timeout(30_000)
  const open = closing()

  it("sends requests to a utility process and serves a window, over ports as documented by Electron", async function () {
    if (RUNTIME !== "Node") skip(this, "Electron has Node, whose hooks load the stand-in")
    const folder = open(new ExampleFolder("electron-ports"))
    const program = `
      import { serve } from "./main.mjs"
      import { Request } from "zmtp"
      let given
      const serving = serve((port) => (given = port))
      const request = new Request()
      await request.attach(given)
      await request.send("window")
      console.log(String(await request.receive()))
      request.close()
      await serving
      console.log("closed")`
    const register = path("test/support/electron/register.mjs")
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--import", register, "--input-type=module", "--eval", program],
      { cwd: folder.path, timeout: 20_000, env: { ...process.env, NODE_OPTIONS: `--import ${register}` } },
    )
    expect(stdout.trimEnd().split("\n")).to.deep.equal(["12² = 144", "13² = 169", "Hello window", "closed"])
  })
})
