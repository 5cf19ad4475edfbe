import { expect } from "chai"
import { execFile, spawnSync } from "node:child_process"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { bindToServer, Pull, Push } from "../src/index.js"
import { closing } from "../test/support/closing.js"
import { listen } from "../test/support/http-servers.js"
import { skip } from "../test/support/skip.js"

const PROGRAM = fileURLToPath(new URL("support/http-get.java", import.meta.url))

describe("an HTTP server that a socket is bound to", function () {
  this.timeout(60_000)
  const use = closing()

  it("answers Java's HTTP client, which offers an upgrade to HTTP/2", async function () {
    // Needs a JDK.
    if (spawnSync("java", ["--version"]).status !== 0) skip(this, "no JDK")
    const offers: unknown[] = []
    const server = createServer(({ headers }, response) => {
      offers.push(headers.upgrade)
      response.end("page")
    })
    await listen(use, server)
    const pull = use(new Pull())
    await bindToServer(pull, server, "/feed")
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const { stdout } = await promisify(execFile)("java", [PROGRAM, `${origin}/`, `${origin}/feed`])
    expect(stdout.trim().split(/\r?\n/)).to.deep.equal(["200 page", "200 page"])
    expect(offers).to.include("h2c")
    const push = use(new Push())
    push.connect(pull.lastEndpoint!)
    await push.send("served")
    expect(String(await pull.receive())).to.equal("served")
  })
})
