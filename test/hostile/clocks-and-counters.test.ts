import { expect } from "chai"
import { utimesSync, writeFileSync } from "node:fs"
import { spawnSync } from "node:child_process"
import { Pull } from "../../src/index.js"
import { Counter } from "../../src/zmtp/handshake/curve/nonce.js"
import { closing } from "../support/closing.js"
import { SocketFolder } from "../support/endpoints.js"
import { NODE } from "../support/runtime.js"
import { skip } from "../support/skip.js"

describe("the nonces of a CURVE connection", () => {
  it("do not repeat, even where numbers are no longer exact", () => {
    for (const last of [2n ** 32n, 2n ** 53n - 1n]) {
      const expected = Buffer.alloc(8)
      expected.writeBigUInt64BE(last)
      expect(Buffer.from(new Counter(Number(last - 1n)).next())).to.deep.equal(expected)
    }
    const counter = new Counter(Number.MAX_SAFE_INTEGER)
    for (let attempt = 0; attempt < 2; attempt++) {
      expect(() => counter.next()).to.throw("All nonces of this connection have been used")
    }
  })
})

describe("a clock that was set back", () => {
  const use = closing()

  it("does not keep a lock that was abandoned before: an ipc:// path can be bound", async function () {
    if (process.platform !== "linux") skip(this, "Linux only")
    const path = use(new SocketFolder()).next()
    // A killed process leaves its socket file behind.
    const program = `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`
    expect(spawnSync(NODE, ["-e", program]).signal).to.equal("SIGKILL")
    writeFileSync(`${path}.zmtp-lock`, "")
    const future = new Date(Date.now() + 3_600_000)
    utimesSync(`${path}.zmtp-lock`, future, future)
    const pull = use(new Pull())
    await pull.bind(`ipc://${path}`)
    expect(pull.lastEndpoint).to.equal(`ipc://${path}`)
  })
})
