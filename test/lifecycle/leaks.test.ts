import { expect } from "chai"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { text } from "node:stream/consumers"
import { moduleOf, RUNTIME } from "../support/runtime.js"
import { skip } from "../support/skip.js"

const root = new URL("../../", import.meta.url)

/**
 * Runs `program` in its own process. Returns its output and exit code.
 * @param answer Written to its stdin after its first output.
 */
async function run(program: string, answer = ""): Promise<{ output: string; code: number | null }> {
  const source = `import * as zmq from "./src/index.ts"
import { Worker } from "node:worker_threads"
${program}`
  const args = moduleOf(source, { typescript: true, gc: true })
  const child = spawn(process.execPath, args, { cwd: root, stdio: ["pipe", "pipe", "inherit"] })
  child.stdout.once("data", () => child.stdin.end(answer))
  const output = text(child.stdout)
  const [code] = (await once(child, "exit")) as [number | null]
  return { output: await output, code }
}

describe("10,000 sockets", function () {
  this.timeout(120_000)

  it("leave no handles, timers, listeners, or memory behind", async () => {
    const { output, code } = await run(`
      const context = new zmq.Context()
      const before = process.getActiveResourcesInfo().length
      const listeners = () => process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0)
      const listening = listeners()
      const refs = []
      const alive = () => refs.filter((ref) => ref.deref() !== undefined).length
      // Earlier handles, such as those of a module loader in newer versions of Node, may be closed in the meantime.
      const handles = () => Math.max(process.getActiveResourcesInfo().length - before, 0)
      const TRANSPORTS = ["inproc://leak", "tcp://127.0.0.1:*", "ipc://*"]
      const turn = () => new Promise((resolve) => setImmediate(resolve))
      const memory = () => { gc(); const { heapUsed, external } = process.memoryUsage(); return heapUsed + external }
      async function round(index) {
        const pairs = [[zmq.Push, zmq.Pull], [zmq.Dealer, zmq.Router], [zmq.Publisher, zmq.Subscriber], [zmq.Request, zmq.Reply]]
        const [A, B] = pairs[index % pairs.length]
        const [a, b] = [new A({ context, linger: 0 }), new B({ context, linger: 0 })]
        const endpoint = TRANSPORTS[index % 10 === 0 ? 1 : index % 10 === 1 ? 2 : 0]
        await b.bind(endpoint)
        a.connect(b.lastEndpoint)
        if (b instanceof zmq.Subscriber) b.subscribe("")
        a.events.on("disconnect", () => undefined)
        await a.send("x")
        if (!(b instanceof zmq.Subscriber)) await b.receive()
        b.receive?.().catch(() => undefined)
        refs.push(new WeakRef(a), new WeakRef(b))
        a.close()
        b.close()
      }
      for (let index = 0; index < 500; index++) await round(index)
      const settle = async () => {
        // The engine may still reference values of the last call.
        for (let turns = 0; turns < 10_000 && (alive() > 10 || handles() > 0); turns++) { await turn(); if (turns % 10 === 0) gc() }
      }
      await settle()
      const warm = memory()
      for (let index = 0; index < 4500; index++) await round(index)
      await settle()
      const grown = memory() - warm
      console.log(JSON.stringify({
        sockets: refs.length,
        alive: alive(),
        handles: handles(),
        listeners: listeners() - listening,
        grown,
      }))`)
    expect(code).to.equal(0)
    const { sockets, alive, handles, listeners, grown } = JSON.parse(output) as Record<string, number>
    expect({ sockets, handles, listeners }).to.deep.equal({ sockets: 10_000, handles: 0, listeners: 0 })
    expect(alive).to.be.at.most(10)
    expect(grown).to.be.below(4 * 1024 * 1024)
  })
})

describe("a process", function () {
  this.timeout(60_000)

  it("stays alive while a receive is pending, and exits when it is complete", async function () {
    if (RUNTIME === "Deno") skip(this, "Deno's stdin has no unref")
    const { output, code } = await run(
      `
      const [push, pull] = [new zmq.Push(), new zmq.Pull()]
      await pull.bind("inproc://stay")
      push.connect("inproc://stay")
      process.on("beforeExit", () => console.log("nothing keeps the process"))
      process.stdin.once("data", (text) => push.send(text))
      process.stdin.unref()
      console.log("waiting")
      console.log(String(await pull.receive()))`,
      "late",
    )
    expect([output, code]).to.deep.equal(["waiting\nlate\nnothing keeps the process\n", 0])
  })

  it("exits in a worker, too: idle sockets do not keep it alive", async () => {
    const { output, code } = await run(`
      const worker = new Worker(\`
        const zmq = require("./dist/node/index.cjs")
        ;(async () => {
          const [push, pull] = [new zmq.Push(), new zmq.Pull()]
          await pull.bind("tcp://127.0.0.1:*")
          push.connect(pull.lastEndpoint)
          await push.send("x")
          require("node:worker_threads").parentPort.postMessage(String(await pull.receive()))
        })()\`, { eval: true, execArgv: [] })
      worker.on("message", (text) => console.log(text))
      worker.on("exit", (code) => console.log(code))`)
    expect([output, code]).to.deep.equal(["x\n0\n", 0])
  })

  it("exits when a worker with open sockets is terminated", async () => {
    const { output, code } = await run(`
      const worker = new Worker(\`
        const zmq = require("./dist/node/index.cjs")
        ;(async () => {
          const pull = new zmq.Pull()
          await pull.bind("tcp://127.0.0.1:*")
          require("node:worker_threads").parentPort.postMessage(pull.lastEndpoint)
          await pull.receive()
        })()\`, { eval: true, execArgv: [] })
      worker.on("message", async (endpoint) => {
        const push = new zmq.Push({ linger: 0 })
        const { events } = push
        push.connect(endpoint)
        for await (const { type } of events) if (type === "handshake") break
        await worker.terminate()
        for await (const { type } of events) if (type === "disconnect") break
        push.close()
        console.log("gone")
      })`)
    expect([output, code]).to.deep.equal(["gone\n", 0])
  })
})
