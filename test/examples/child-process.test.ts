import { expect } from "chai"
import { spawnSync } from "node:child_process"
import { runExample } from "../support/example.js"
import { skip } from "../support/skip.js"

describe("examples/child-process", function () {
  this.timeout(60_000)

  before(function () {
    // The example needs pyzmq (Debian package python3-zmq).
    if (spawnSync("/usr/bin/python3", ["-c", "import zmq"]).status !== 0) skip(this, "no pyzmq here")
    process.env["PYTHON"] = "/usr/bin/python3"
  })

  it("sends requests to services in Node and Python, over their standard input and output", async () => {
    expect(await runExample("child-process")).to.deep.equal([
      "Node: STREAM",
      "Node: BYTES",
      "Node: closed by the local side",
      "Python: STREAM",
      "Python: BYTES",
      "Python: closed by the local side",
    ])
  })
})
