import { expect } from "chai"
import { execFile } from "node:child_process"
import diagnostics from "node:diagnostics_channel"
import { promisify } from "node:util"
import { Dealer, Pull, Push, Router, type MessageReport } from "../../src/index.js"
import { closing } from "../support/closing.js"
import { freeInproc } from "../support/endpoints.js"
import { caught, texts } from "../support/receiving.js"
import { moduleOf, RUNTIME } from "../support/runtime.js"
import { Thread } from "../support/threads.js"

const run = promisify(execFile)
const root = new URL("../../", import.meta.url)

describe("a thread that ends", function () {
  this.timeout(60_000)
  const use = closing()
  let endpoint: string

  beforeEach(() => {
    endpoint = freeInproc()
  })

  it("exits by itself with code 0 although its sockets are open, and delivers what it has just sent", async () => {
    for (const linger of [0, -1]) {
      const name = freeInproc()
      const pull = use(new Pull())
      await pull.bind(name)
      const program = `
        const push = new zmq.Push({ linger: ${linger} })
        const idle = new zmq.Pull()
        await idle.bind(data + "-idle")
        push.connect(data)
        for (const number of "12345") await push.send(number)`
      const thread = use(new Thread(program, { data: name }))
      expect(await thread.exit).to.equal(0)
      expect(await texts(pull, 5)).to.deep.equal(["1", "2", "3", "4", "5"])
    }
  })

  for (const end of ["process.exit(0)", "throw new Error('on purpose')"]) {
    it(`delivers messages that it sent before ${end}`, async () => {
      const pull = use(new Pull())
      await pull.bind(endpoint)
      const program = `
        process.on("uncaughtException", () => process.exit(1))
        const push = new zmq.Push({ linger: 0 })
        push.connect(data)
        // Until then, the receiver's high-water mark does not add to the sender's.
        await push.peersReady()
        for (let index = 0; index < 1500; index++) push.send(String(index))
        setImmediate(() => { ${end} })`
      const thread = use(new Thread(program, { data: endpoint }))
      await thread.exit
      expect(await texts(pull, 1500)).to.deep.equal(Array.from({ length: 1500 }, (_, index) => String(index)))
    })
  }

  it("stays alive while it waits to receive", async () => {
    const thread = use(
      new Thread(`const pull = new zmq.Pull(); await pull.bind(data); say("bound"); await pull.receive()`, {
        data: endpoint,
      }),
    )
    await thread.said()
    const push = use(new Push())
    push.connect(endpoint)
    await push.send("now")
    expect(await thread.exit).to.equal(0)
  })

  it("ends the pipes of its peers when it is terminated, without affecting other threads", async () => {
    const router = use(new Router({ mandatory: true }))
    const dead = use(
      new Thread(
        `const dealer = new zmq.Dealer({ routingId: "dead" }); dealer.connect(data); await dealer.send("x"); await dealer.receive()`,
        { data: endpoint },
      ),
    )
    const alive = use(
      new Thread(
        `const dealer = new zmq.Dealer({ routingId: "alive" }); dealer.connect(data); await dealer.send("x"); say(String(await dealer.receive()))`,
        { data: endpoint },
      ),
    )
    await router.bind(endpoint)
    await router.receive()
    await router.receive()
    await dead.close()
    const refusal = async (): Promise<Error & { code?: string }> => {
      for (;;) {
        try {
          await router.send(["dead", "x"])
        } catch (error) {
          return error as Error
        }
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    expect(await refusal()).to.include({ code: "EHOSTUNREACH" })
    await router.send(["alive", "still here"])
    expect(await alive.said()).to.equal("still here")
  })

  for (const end of ["terminate", "close", "exit"]) {
    it(`lets its peers count messages that it has not received: ${end}`, async () => {
      const program = `
        const pull = new zmq.Pull()
        await pull.bind(data)
        say("bound")
        say(String(await pull.receive()))
        if (await told() === "close") pull.close()
        else process.exit(0)
        say("closed")
        await told()`
      const thread = use(new Thread(program, { data: endpoint }))
      await thread.said()
      const reports: MessageReport[] = []
      const listener = (report: unknown): void => void reports.push(report as MessageReport)
      diagnostics.subscribe("zmtp:drop", listener)
      use({
        close: () => {
          diagnostics.unsubscribe("zmtp:drop", listener)
        },
      })
      const push = use(new Push())
      push.connect(endpoint)
      await push.sendMany(Array.from({ length: 100 }, (_, index) => String(index)))
      expect(await thread.said()).to.equal("0")
      if (end === "terminate") await thread.close()
      else thread.tell(end)
      while (push.stats().queued.out > 0) await new Promise((resolve) => setImmediate(resolve))
      expect(push.stats()).to.include({ peers: 0, dropped: 99 })
      // The contents of the dropped messages are no longer accessible.
      expect(reports.map(({ message, socket }) => [message, socket === push])).to.deep.equal(
        Array.from({ length: 99 }, () => [[], true]),
      )
      push.close()
      expect(push.stats().dropped).to.equal(99)
    })
  }

  it("wakes senders that wait for room in it, even if its messages were not received yet", async () => {
    const router = use(new Router({ mandatory: true, sendHighWaterMark: 1 }))
    await router.bind(endpoint)
    // Without another peer, the sender would wait for one after the thread has ended.
    const other = use(new Dealer())
    other.connect(endpoint)
    const thread = use(
      new Thread(
        `const dealer = new zmq.Dealer({ routingId: "full", receiveHighWaterMark: 1 })
         dealer.connect(data)
         await dealer.send("first words")
         await told()
         await dealer.send("last words")
         say("said")
         await told()`,
        { data: endpoint },
      ),
    )
    await router.receive()
    while (router.trySend(["full", "a"]));
    thread.tell("go on")
    await thread.said()
    const waiting = caught(router.send(["full", "b"]))
    await thread.close()
    expect(await waiting).to.include({ code: "EHOSTUNREACH" })
    expect((await router.receive()).map(String)).to.deep.equal(["full", "last words"])
  })

  it("notifies workers of each other's end", async () => {
    const holder = use(
      new Thread(
        `const pull = new zmq.Pull(); await pull.bind(data); say("bound"); await pull.receive(); say("received"); await pull.receive()`,
        { data: endpoint },
      ),
    )
    await holder.said()
    const program = `
      const push = new zmq.Push()
      push.connect(data)
      await push.send("x")
      say("sent")
      while (push.writable) await new Promise((resolve) => setImmediate(resolve))
      say("gone")
      const pull = new zmq.Pull()
      await pull.bind(data)
      say("bound")`
    const thread = use(new Thread(program, { data: endpoint }))
    expect(await thread.said()).to.equal("sent")
    expect(await holder.said()).to.equal("received")
    await holder.close()
    expect([await thread.said(), await thread.said()]).to.deep.equal(["gone", "bound"])
  })

  it("frees the names of the threads that it has started, which end as well", async () => {
    const path = new URL("../../dist/node/index.cjs", import.meta.url).pathname
    const inner = `
      const zmq = require(process.argv[2])
      const { workerData, parentPort } = require("node:worker_threads")
      const pull = new zmq.Pull()
      pull.bindSync(workerData)
      parentPort.postMessage("bound")
      pull.receive()`
    const outer = `
      const worker = new Worker(data.inner, { eval: true, workerData: data.endpoint, argv: [data.path] })
      await once(worker, "message")
      say("bound")
      await told()`
    const thread = use(new Thread(outer, { data: { inner, endpoint, path } }))
    await thread.said()
    const pull = use(new Pull())
    expect(await caught(pull.bind(endpoint))).to.include({ code: "EADDRINUSE" })
    await thread.close()
    await pull.bind(endpoint)
  })

  it("delivers a prefix of its messages, complete and in order, if it is killed at any stage", async () => {
    const program = `
      const push = new zmq.Push({ sendHighWaterMark: 0 })
      const progress = new Int32Array(data.progress)
      say("loaded")
      push.connect(data.endpoint)
      for (let index = 0; index < 100000; index++) {
        await push.send([String(index), Buffer.alloc(index % 5000, index)])
        Atomics.store(progress, 0, index + 1)
      }`
    for (let round = 0; round < 12; round++) {
      const name = freeInproc()
      const pull = use(new Pull({ receiveTimeout: -1 }))
      if (round % 2 === 0) await pull.bind(name)
      const progress = new SharedArrayBuffer(4)
      const thread = use(new Thread(program, { data: { endpoint: name, progress } }))
      await thread.said()
      let received = 0
      let next = pull.receive()
      const count = async (): Promise<void> => {
        const [number, body] = await next
        expect([Number(number), body!.length, body!.every((byte) => byte === (received & 0xff))]).to.deep.equal([
          received,
          received % 5000,
          true,
        ])
        received++
        next = pull.receive()
      }
      if (round % 2 === 1) await pull.bind(name)
      for (let wanted = round * 40; received < wanted;) await count()
      await thread.close()
      // All messages that `send` has accepted arrive, because they were in shared memory. In Deno, the thread may
      // continue briefly after its termination, and those messages are lost.
      const sent = Atomics.load(new Int32Array(progress), 0)
      if (round % 2 === 0 && RUNTIME !== "Deno") while (received < sent) await count()
      expect(received).to.be.at.least(round * 40)
      pull.close()
      await next.catch(() => undefined)
    }
  })

  it("lets the process exit by itself, with open sockets on both sides", async () => {
    const script = `
      import { Worker } from "node:worker_threads"
      import { createRequire } from "node:module"
      import { Pull } from "zmtp"
      const pull = new Pull()
      await pull.bind("inproc://end")
      const path = createRequire(import.meta.url).resolve("zmtp")
      const program = 'const { Push } = require(' + JSON.stringify(path) + ')\\n' +
        'const push = new Push(); push.connect("inproc://end"); push.send("x")'
      new Worker(program, { eval: true, execArgv: [] }).on("exit", (code) => console.log("exit", code))
      console.log(String(await pull.receive()))`
    const { stdout } = await run(process.execPath, moduleOf(script), { cwd: root })
    // The order of the two lines varies.
    expect(stdout.trim().split("\n")).to.have.members(["x", "exit 0"])
  })
})
