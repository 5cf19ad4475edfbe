import { expect } from "chai"
import { closing } from "../support/closing.js"
import { ExampleFolder, PYTHON } from "../support/example.js"
import { skip } from "../support/skip.js"

describe("examples/python-peer", function () {
  this.timeout(60_000)
  const open = closing()

  it("distributes its tasks to a worker in Python", async function () {
    if (PYTHON === undefined) skip(this, "no pyzmq here")
    const folder = open(new ExampleFolder("python-peer"))
    const main = open(folder.start("main.js", ["tcp://127.0.0.1:*", "tcp://127.0.0.1:*"]))
    const [, tasks, results] = await main.says(/worker\.py (\S+) (\S+)$/m, "stdout")
    open(folder.python("worker.py", [tasks!, results!]))
    const { code, stdout } = await main.end()
    expect(code).to.equal(0)
    expect(stdout).to.match(/^Hello, Python: 13 characters, counted by Python 3\.\S+\nZeroMQ: 6 .*\näöü: 3 .*\n$/m)
  })
})
