import { expect } from "chai"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { text } from "node:stream/consumers"
import { Pull } from "../src/index.js"
import { moduleOf } from "./support/runtime.js"

const root = new URL("../", import.meta.url)

/** Runs `program` in its own process, with this library imported as `zmq`. */
function run(program: string) {
  const source = `import * as zmq from "./src/index.ts"\n${program}`
  const child = spawn(process.execPath, moduleOf(source, { typescript: true }), { cwd: root })
  return { exit: once(child, "exit") as Promise<[code: number | null]>, errors: text(child.stderr) }
}

describe("a process with an empty event loop", () => {
  it("exits while sockets are open and idle", async () => {
    const { exit } = run(`
      const [push, pull] = [new zmq.Push(), new zmq.Pull()]
      await pull.bind("tcp://127.0.0.1:*")
      push.connect(pull.lastEndpoint)
      await push.send("x")
      await pull.receive()`)
    expect((await exit)[0]).to.equal(0)
  })

  it("first delivers messages that were sent to a peer that is not connected yet", async () => {
    const pull = new Pull()
    await pull.bind("tcp://127.0.0.1:*")
    const endpoint = pull.lastEndpoint!
    await pull.unbind(endpoint)
    const { exit } = run(`
      const push = new zmq.Push({ reconnectInterval: 10 })
      push.connect("${endpoint}")
      await push.send("late")`)
    await pull.bind(endpoint)
    expect(String(await pull.receive())).to.equal("late")
    expect((await exit)[0]).to.equal(0)
    pull.close()
  })

  it("waits no longer than the sockets linger, without a message for a short wait", async () => {
    const { exit, errors } = run(`
      const dealer = new zmq.Dealer({ linger: 50 })
      dealer.connect("tcp://127.0.0.1:1")
      await dealer.send(null)`)
    expect((await exit)[0]).to.equal(0)
    expect(await errors).to.equal("")
  })

  it("explains a long wait on standard error", async () => {
    const { exit, errors } = run(`
      const dealer = globalThis.held = new zmq.Dealer({ linger: 1000 })
      dealer.connect("tcp://127.0.0.1:1")
      await dealer.send(null)`)
    expect((await exit)[0]).to.equal(0)
    expect(await errors).to.match(
      /^\(node:\d+\) WARNING: Waiting for queued ZeroMQ messages to be delivered\. Set 'context\.blocky = false' to change this behaviour\.\n$/,
    )
  })
})
