import { expect } from "chai"
import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { Dealer, Pair, Pull, Push, Router, type Socket } from "../../src/index.js"
import { closing } from "../support/closing.js"
import { freeInproc } from "../support/endpoints.js"
import { caught, texts } from "../support/receiving.js"
import { RUNTIME } from "../support/runtime.js"
import { Thread } from "../support/threads.js"
import { skip } from "../support/skip.js"

const run = promisify(execFile)
const root = new URL("../../", import.meta.url)

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

async function turnUntil(done: () => boolean): Promise<void> {
  while (!done()) await turn()
}

/** Binds once the address is free, because a terminated worker may continue briefly in Deno. */
async function bindSoon(socket: Socket, endpoint: string): Promise<void> {
  for (;;) {
    try {
      await socket.bind(endpoint)
      return
    } catch (error) {
      if ((error as { code?: string }).code !== "EADDRINUSE") throw error
      await turn()
    }
  }
}

/** How the thread that uses the library ends. */
const ENDS: Readonly<Record<string, (thread: Thread) => Promise<void>>> = {
  "is terminated by it": (thread) => thread.terminateBeneath(),
  "ends with it": (thread) => thread.close(),
}

/** The last action of the thread. */
const LAST = {
  waits: "await told()",
  computes: "for (;;);",
}

describe("a thread that was started by one without the library", function () {
  this.timeout(30_000)
  const use = closing()
  let endpoint: string

  beforeEach(() => {
    endpoint = freeInproc()
  })

  function start(program: string): Thread {
    return use(new Thread(program, { data: endpoint, beneathStranger: true }))
  }

  for (const [how, end] of Object.entries(ENDS)) {
    for (const [what, last] of Object.entries(LAST)) {
      describe(`and ${how}, while it ${what},`, () => {
        before(function () {
          if (what === "computes" && RUNTIME === "Deno") skip(this, "Deno may let such a thread go on forever")
        })

        it("leaves its name to the next", async () => {
          const thread = start(`const pull = new zmq.Pull(); await pull.bind(data); say("bound"); ${last}`)
          await thread.said()
          const pull = use(new Pull())
          expect(await caught(pull.bind(endpoint))).to.include({ code: "EADDRINUSE" })
          await end(thread)
          await bindSoon(pull, endpoint)
          const push = use(new Push())
          push.connect(endpoint)
          await push.send("hello")
          expect(await texts(pull, 1)).to.deep.equal(["hello"])
        })

        it("is removed from the peers that it had connected to, which receive its messages", async () => {
          const router = use(new Router({ mandatory: true }))
          await router.bind(endpoint)
          const other = use(new Dealer({ routingId: "other" }))
          other.connect(endpoint)
          const thread = start(
            `const dealer = new zmq.Dealer({ routingId: "gone" })
             dealer.connect(data)
             for (const text of ["1", "2"]) await dealer.send(text)
             say("sent")
             ${last}`,
          )
          await thread.said()
          expect((await router.receive()).map(String)).to.deep.equal(["gone", "1"])
          expect(router.stats().peers).to.equal(2)
          await end(thread)
          expect((await router.receive()).map(String)).to.deep.equal(["gone", "2"])
          await turnUntil(() => router.stats().peers === 1)
          expect(await caught(router.send(["gone", "x"]))).to.include({ code: "EHOSTUNREACH" })
        })

        it("is removed from the peers that had connected to it, which no longer send to it", async () => {
          const thread = start(
            `const pull = new zmq.Pull()
             await pull.bind(data)
             say("bound")
             say(String(await pull.receive()))
             ${last}`,
          )
          expect(await thread.said()).to.equal("bound")
          const push = use(new Push())
          push.connect(endpoint)
          await push.send("hello")
          expect(await thread.said()).to.equal("hello")
          await push.peersReady()
          await end(thread)
          await turnUntil(() => push.stats().peers === 0)
          expect(await caught(push.send("x", { timeout: 0 }))).to.include({ code: "EAGAIN" })
        })
      })
    }

    it(`wakes senders that wait for room in it when it ${how}`, async () => {
      const thread = start(
        `const pair = new zmq.Pair({ receiveHighWaterMark: 1 })
         await pair.bind(data)
         say("bound")
         await pair.send("hello")
         await told()`,
      )
      await thread.said()
      const pair = use(new Pair({ sendHighWaterMark: 1 }))
      pair.connect(endpoint)
      await pair.receive()
      while (pair.trySend("x"));
      const waiting = pair.send("y")
      await end(thread)
      // The PAIR then accepts its next peer, which receives the queued messages.
      await turnUntil(() => pair.stats().peers === 0)
      const next = use(new Pair())
      await next.bind(`${endpoint}-next`)
      pair.connect(`${endpoint}-next`)
      await waiting
      expect(await texts(next, 1)).to.deep.equal(["y"])
    })

    it(`does not lose messages that are sent to its name after it ${how}: they wait for the next thread`, async function () {
      if (RUNTIME === "Deno")
        skip(this, "a thread that Deno terminates goes on for a moment, and takes what is sent to it")
      const thread = start(`const pull = new zmq.Pull(); await pull.bind(data); say("bound"); await told()`)
      await thread.said()
      await end(thread)
      const push = use(new Push())
      push.connect(endpoint)
      await push.send("hello")
      const pull = use(new Pull())
      await bindSoon(pull, endpoint)
      expect(await texts(pull, 1)).to.deep.equal(["hello"])
    })
  }

  it("keeps its names and peers while it computes, however often its liveness is checked", async () => {
    const gate = new Int32Array(new SharedArrayBuffer(4))
    const thread = use(
      new Thread(
        `const pull = new zmq.Pull()
         await pull.bind(data.endpoint)
         say("bound")
         say(String(await pull.receive()))
         Atomics.wait(data.gate, 0, 0)
         say(String(await pull.receive()))
         await told()`,
        { data: { endpoint, gate }, beneathStranger: true },
      ),
    )
    expect(await thread.said()).to.equal("bound")
    const push = use(new Push())
    push.connect(endpoint)
    await push.send("1")
    expect(await thread.said()).to.equal("1")
    await push.peersReady()
    // From now on, the thread does not turn its event loop. Each rejected bind checks whether the thread is still
    // running.
    const pull = use(new Pull())
    for (let count = 0; count < 1000; count++) {
      expect(await caught(pull.bind(endpoint))).to.include({ code: "EADDRINUSE" })
    }
    expect(push.stats().peers).to.equal(1)
    await push.send("2")
    Atomics.store(gate, 0, 1)
    Atomics.notify(gate, 0)
    expect(await thread.said()).to.equal("2")
  })

  it("is detected as ended by other threads, whichever thread has started them", async () => {
    const binder = start(
      `const pull = new zmq.Pull(); await pull.bind(data); say("bound"); for await (const [text] of pull) say(String(text))`,
    )
    await binder.said()
    const program = `
      const push = new zmq.Push()
      push.connect(data)
      await push.send("x")
      const turn = () => new Promise((resolve) => setImmediate(resolve))
      await push.peersReady()
      say("sent")
      while (push.stats().peers > 0) await turn()
      say("gone")
      await told()`
    const watchers = [start(program), use(new Thread(program, { data: endpoint }))]
    for (const watcher of watchers) expect(await watcher.said()).to.equal("sent")
    for (let count = 0; count < 2; count++) expect(await binder.said()).to.equal("x")
    await binder.terminateBeneath()
    for (const watcher of watchers) expect(await watcher.said()).to.equal("gone")
  })

  it("leaves nothing behind if it is killed at any stage", async () => {
    const program = `
      say("started")
      const zmq = await load()
      const pull = new zmq.Pull()
      say("loaded")
      pull.bindSync(data)
      say("bound")
      const push = new zmq.Push({ linger: 0 })
      push.connect(data + "-back")
      say("connected")
      await push.send("x")
      say("sent")
      await pull.receive()`
    const stages = ["started", "loaded", "bound", "connected", "sent"]
    for (const [index, stage] of stages.entries()) {
      for (const end of Object.values(ENDS)) {
        const back = use(new Pull())
        await back.bind(`${endpoint}-back`)
        const thread = start(program)
        while ((await thread.said()) !== stage);
        await end(thread)
        const pull = use(new Pull())
        await bindSoon(pull, endpoint)
        await turnUntil(() => back.stats().peers === 0)
        const push = use(new Push())
        push.connect(endpoint)
        await push.send(stage)
        expect(await texts(pull, 1)).to.deep.equal([stage])
        if (index === stages.length - 1) expect(await texts(back, 1)).to.deep.equal(["x"])
        for (const socket of [back, pull, push]) socket.close()
      }
    }
  })
})

describe("a main thread without the library", function () {
  this.timeout(30_000)

  it("has workers whose end is detected by the others", async () => {
    // Each worker has its own names and is the root of a tree of threads. A thread without the library starts another
    // thread below it.
    const script = `
      const { Worker, isMainThread, workerData } = require("node:worker_threads")
      const { once } = require("node:events")
      const path = ${JSON.stringify(new URL("dist/node/index.cjs", root).pathname)}
      const leaf = \`
        const { parentPort } = require("node:worker_threads")
        const zmq = require("\${path}")
        const pull = new zmq.Pull()
        pull.bindSync("inproc://leaf")
        parentPort.postMessage("bound")
        ;(async () => { for await (const message of pull); })()\`
      const stranger = \`
        const { parentPort, workerData, Worker } = require("node:worker_threads")
        const worker = new Worker(workerData, { eval: true })
        worker.on("message", (value) => parentPort.postMessage(value))
        parentPort.on("message", async () => { await worker.terminate(); parentPort.postMessage("terminated") })\`
      const top = \`
        const { parentPort, workerData, Worker } = require("node:worker_threads")
        const { once } = require("node:events")
        const zmq = require("\${path}")
        const turn = () => new Promise((resolve) => setImmediate(resolve))
        ;(async () => {
          const own = new zmq.Reply()
          await own.bind("inproc://own")
          for (const how of ["beneath", "with it"]) {
            const stranger = new Worker(workerData.stranger, { eval: true, workerData: workerData.leaf })
            await once(stranger, "message")
            const push = new zmq.Push()
            push.connect("inproc://leaf")
            await push.send("hello")
            await push.peersReady()
            if (how === "beneath") { stranger.postMessage("terminate"); await once(stranger, "message") }
            else await stranger.terminate()
            while (push.stats().peers > 0) await turn()
            const pull = new zmq.Pull()
            for (;;) try { await pull.bind("inproc://leaf"); break } catch { await turn() }
            pull.close()
            push.close()
            await stranger.terminate()
            parentPort.postMessage(how)
          }
          await once(parentPort, "message")
        })()\`
      ;(async () => {
        const tops = [1, 2].map(() => new Worker(top, { eval: true, workerData: { stranger, leaf } }))
        const ended = (worker) => new Promise((resolve) => {
          const words = []
          worker.on("message", (word) => { if (words.push(word) === 2) resolve(words.join()) })
        })
        const said = await Promise.all(tops.map(ended))
        await tops[0].terminate()
        const next = new Worker(top, { eval: true, workerData: { stranger, leaf } })
        said.push(await ended(next))
        for (const worker of [tops[1], next]) await worker.terminate()
        console.log(said.join(";"))
      })()`
    const { stdout } = await run(process.execPath, ["--eval", script], { cwd: root })
    expect(stdout).to.equal("beneath,with it;beneath,with it;beneath,with it\n")
  })
})
