import { expect } from "chai"
import { Pair, Pull, Push, Request, Router, Subscriber, XPublisher } from "../../src/index.js"
import { closing } from "../support/closing.js"
import { freeInproc } from "../support/endpoints.js"
import { caught, texts } from "../support/receiving.js"
import { RUNTIME } from "../support/runtime.js"
import { Thread, type Build } from "../support/threads.js"

const ECHO = `
  const pair = new zmq.Pair()
  if (data.how === "bind") await pair.bind(data.endpoint)
  else pair.connect(data.endpoint)
  say("there")
  for await (const message of pair) await pair.send(message)`

describe("inproc between threads", function () {
  this.timeout(60_000)
  const use = closing()
  let endpoint: string

  beforeEach(() => {
    endpoint = freeInproc()
  })

  for (const build of ["cjs", "esm"] as const satisfies readonly Build[]) {
    it(`connects the main thread and a worker, whichever binds and comes first (${build})`, async () => {
      for (const how of ["bind", "connect"]) {
        for (const first of ["main", "worker"]) {
          const name = freeInproc()
          const pair = use(new Pair())
          const reach = (): unknown => (how === "bind" ? pair.connect(name) : pair.bind(name))
          if (first === "main") await reach()
          if (first === "main" && how === "bind") await pair.send("queued")
          const thread = use(new Thread(ECHO, { build, data: { endpoint: name, how } }))
          if (first === "worker") {
            await thread.said()
            await reach()
          }
          await pair.send(["a", "", "c"])
          const answers = []
          while (answers.at(-1) !== "a,,c") answers.push(String(await pair.receive()))
          expect(answers.slice(-1)).to.deep.equal(["a,,c"])
        }
      }
    })
  }

  it("connects two workers, in either order", async () => {
    for (const first of ["bind", "connect"]) {
      const data = { endpoint: freeInproc() }
      const binder = `
        const pull = new zmq.Pull()
        await pull.bind(data.endpoint)
        say("there")
        say(String(await pull.receive()))`
      const connector = `
        const push = new zmq.Push()
        push.connect(data.endpoint)
        await push.send("hello")
        say("there")
        await told()`
      const [one, other] = first === "bind" ? [binder, connector] : [connector, binder]
      const threads = [use(new Thread(one, { data }))]
      await threads[0]!.said()
      threads.push(use(new Thread(other, { data, build: "esm" })))
      if (first === "connect") await threads[1]!.said()
      expect(await threads[first === "bind" ? 0 : 1]!.said()).to.equal("hello")
    }
  })

  it("connects a worker of a worker with the main thread", async () => {
    const pull = use(new Pull())
    await pull.bind(endpoint)
    const inner = `
      const zmq = require(process.argv[2])
      const { workerData } = require("node:worker_threads")
      const push = new zmq.Push()
      push.connect(workerData)
      push.send("from far below")`
    const outer = `
      const worker = new Worker(data.inner, { eval: true, workerData: data.endpoint, argv: [data.path] })
      await once(worker, "exit")`
    const path = new URL("../../dist/node/index.cjs", import.meta.url).pathname
    const thread = use(new Thread(outer, { data: { inner, endpoint, path } }))
    expect(await texts(pull, 1)).to.deep.equal(["from far below"])
    expect(await thread.exit).to.equal(0)
  })

  it("lets a worker receive messages that were sent before it connected or was started", async () => {
    const push = use(new Push())
    push.connect(endpoint)
    for (const number of "12345") await push.send(number)
    const thread = use(
      new Thread(
        `const pull = new zmq.Pull()
         await pull.bind(data)
         for (let count = 0; count < 5; count++) say(String(await pull.receive()))`,
        { data: endpoint },
      ),
    )
    const said = []
    for (let count = 0; count < 5; count++) said.push(await thread.said())
    expect(said).to.deep.equal(["1", "2", "3", "4", "5"])
  })

  it("keeps the order of pending sends when the name is bound in another thread", async () => {
    const push = use(new Push({ sendHighWaterMark: 2 }))
    push.connect(endpoint)
    const sends = Array.from("123", (number) => push.send(number))
    const thread = use(
      new Thread(
        `const pull = new zmq.Pull()
         await pull.bind(data)
         for (let count = 0; count < 3; count++) say(String(await pull.receive()))
         await told()`,
        { data: endpoint },
      ),
    )
    expect([await thread.said(), await thread.said(), await thread.said()]).to.deep.equal(["1", "2", "3"])
    await Promise.all(sends)
  })

  it("keeps large frames that arrive before the request for their pipe", async () => {
    const [known, other] = [use(new Pull()), use(new Pull())]
    await known.bind(`${endpoint}-known`)
    await other.bind(`${endpoint}-other`)
    const gate = new Int32Array(new SharedArrayBuffer(8))
    const program = `
      const push = new zmq.Push()
      if (data.first) { push.connect(data.endpoint); await push.send("first") }
      say("ready")
      Atomics.wait(data.gate, 0, 0)
      if (!data.first) push.connect(data.endpoint)
      await push.send([Buffer.alloc(5_000_000, data.byte), "end"])
      Atomics.add(data.gate, 1, 1)
      Atomics.notify(data.gate, 1)
      await told()`
    const start = (name: string, first: boolean, byte: number): Thread =>
      use(new Thread(program, { data: { endpoint: `${endpoint}-${name}`, first, gate, byte } }))
    const threads = [start("known", true, 1), start("other", false, 2)]
    expect(await texts(known, 1)).to.deep.equal(["first"])
    for (const thread of threads) await thread.said()
    // Until the first large frame, this thread does not turn its event loop. Looking for the frame also finds
    // everything else.
    Atomics.store(gate, 0, 1)
    Atomics.notify(gate, 0)
    for (let done = 0; done < 2; done = Atomics.load(gate, 1)) Atomics.wait(gate, 1, done)
    // In other runtimes, the frame is only found in the next turn.
    const found = RUNTIME === "Node" ? known.tryReceive() : await known.receive()
    expect(found?.[0]?.equals(Buffer.alloc(5_000_000, 1))).to.equal(true)
    const [body, end] = await other.receive()
    expect([body!.equals(Buffer.alloc(5_000_000, 2)), String(end)]).to.deep.equal([true, "end"])
  })

  it("rejects a name that another thread has bound: EADDRINUSE", async () => {
    const thread = use(
      new Thread(
        `const [first, second] = [new zmq.Pull(), new zmq.Pull()]
         await first.bind(data.mine)
         say("bound")
         await told()
         for (const bind of ["bind", "bindSync"]) {
           try { await second[bind](data.yours) } catch (error) { say([error.code, error.errno, error.address]) }
         }`,
        { data: { mine: `${endpoint}-worker`, yours: `${endpoint}-main` } },
      ),
    )
    await thread.said()
    const pull = use(new Pull())
    expect(await caught(pull.bind(`${endpoint}-worker`))).to.include({ code: "EADDRINUSE" })
    expect(() => {
      pull.bindSync(`${endpoint}-worker`)
    })
      .to.throw()
      .that.includes({ code: "EADDRINUSE" })
    await pull.bind(`${endpoint}-main`)
    thread.tell("go")
    const refusal = ["EADDRINUSE", 98, `${endpoint}-main`]
    expect([await thread.said(), await thread.said()]).to.deep.equal([refusal, refusal])
  })

  it("lets exactly one of several threads bind a name at the same time", async () => {
    const gate = new SharedArrayBuffer(4)
    const program = `
      const sockets = []
      say("ready")
      Atomics.wait(new Int32Array(data.gate), 0, 0)
      let won = 0
      for (let round = 0; round < 200; round++) {
        const pull = new zmq.Pull()
        sockets.push(pull)
        try { pull.bindSync(data.endpoint + round); won++ } catch (error) { if (error.code !== "EADDRINUSE") throw error }
      }
      say(won)
      await told()`
    const threads = [1, 2, 3].map(() => use(new Thread(program, { data: { gate, endpoint } })))
    for (const thread of threads) await thread.said()
    Atomics.store(new Int32Array(gate), 0, 1)
    Atomics.notify(new Int32Array(gate), 0)
    const won = await Promise.all(threads.map((thread) => thread.said() as Promise<number>))
    expect(won.reduce((sum, count) => sum + count)).to.equal(200)
  })

  it("frees a name for other threads on unbind, on close, and at the end of the thread", async () => {
    const program = `
      const pull = new zmq.Pull()
      await pull.bind(data.endpoint)
      say("bound")
      const how = await told()
      if (how === "unbind") await pull.unbind(data.endpoint)
      if (how === "close") pull.close()
      if (how === "exit") process.exit(3)
      if (how === "end") return
      say("done")
      await told()`
    for (const how of ["unbind", "close", "exit", "end", "terminate"]) {
      const name = freeInproc()
      const thread = use(new Thread(program, { data: { endpoint: name } }))
      await thread.said()
      const pull = use(new Pull())
      expect(await caught(pull.bind(name))).to.include({ code: "EADDRINUSE" })
      if (how === "terminate") await thread.close()
      else thread.tell(how)
      if (how === "unbind" || how === "close") await thread.said()
      else expect(await thread.exit).to.equal(how === "exit" ? 3 : how === "end" ? 0 : 1)
      await pull.bind(name)
    }
  })

  it("keeps connections when the name is unbound, and lets another thread bind it", async () => {
    const thread = use(
      new Thread(
        `const pull = new zmq.Pull()
         await pull.bind(data)
         say("bound")
         say(String(await pull.receive()))
         await pull.unbind(data)
         say("unbound")
         say(String(await pull.receive()))`,
        { data: endpoint },
      ),
    )
    await thread.said()
    const push = use(new Push())
    push.connect(endpoint)
    await push.send("1")
    expect([await thread.said(), await thread.said()]).to.deep.equal(["1", "unbound"])
    await push.send("2")
    expect(await thread.said()).to.equal("2")
    const pull = use(new Pull())
    await pull.bind(endpoint)
    push.connect(endpoint)
    await push.send("3")
    expect(await texts(pull, 1)).to.deep.equal(["3"])
  })

  it("transmits routing ids, whichever side binds", async () => {
    for (const how of ["bind", "connect"]) {
      const name = freeInproc()
      const router = use(new Router())
      if (how === "connect") await router.bind(name)
      const thread = use(
        new Thread(
          `const dealer = new zmq.Dealer({ routingId: "me" })
           if (data.how === "bind") await dealer.bind(data.name)
           else dealer.connect(data.name)
           say("there")
           await dealer.send("hi")
           say(String(await dealer.receive()))`,
          { data: { name, how } },
        ),
      )
      await thread.said()
      if (how === "bind") router.connect(name)
      expect((await router.receive()).map(String)).to.deep.equal(["me", "hi"])
      await router.send(["me", "ho"])
      expect(await thread.said()).to.equal("ho")
    }
  })

  it("transfers requests and replies", async () => {
    const thread = use(
      new Thread(
        `const reply = new zmq.Reply()
         await reply.bind(data)
         say("bound")
         for await (const [question] of reply) await reply.send(["re", question])`,
        { data: endpoint },
      ),
    )
    const request = use(new Request())
    request.connect(endpoint)
    for (const question of ["1", "2", "3"]) {
      await request.send(question)
      expect((await request.receive()).map(String)).to.deep.equal(["re", question])
    }
    await thread.close()
  })

  it("transfers subscriptions, and only matching messages", async () => {
    const publisher = use(new XPublisher())
    await publisher.bind(endpoint)
    const thread = use(
      new Thread(
        `const subscriber = new zmq.Subscriber()
         subscriber.subscribe("A")
         subscriber.connect(data)
         subscriber.subscribe("B")
         for await (const [text] of subscriber) {
           say(String(text))
           if (String(text) === "B!") break
         }
         subscriber.close()
         await told()`,
        { data: endpoint },
      ),
    )
    expect((await texts(publisher, 2)).sort()).to.deep.equal(["\x01A", "\x01B"])
    for (const text of ["A1", "C1", "B!"]) await publisher.send(text)
    expect([await thread.said(), await thread.said()]).to.deep.equal(["A1", "B!"])
    expect((await texts(publisher, 2)).sort()).to.deep.equal(["\x00A", "\x00B"])
  })

  it("transfers subscriptions of a socket that has bound", async () => {
    const subscriber = use(new Subscriber())
    subscriber.subscribe("A")
    await subscriber.bind(endpoint)
    const thread = use(
      new Thread(
        `const publisher = new zmq.XPublisher()
         publisher.connect(data)
         say(String(await publisher.receive()))
         await publisher.send("A1")
         await told()`,
        { data: endpoint },
      ),
    )
    expect(await thread.said()).to.equal("\x01A")
    expect(await texts(subscriber, 1)).to.deep.equal(["A1"])
  })

  it("rejects a second peer of a PAIR", async () => {
    const pair = use(new Pair())
    await pair.bind(endpoint)
    const program = `
      const pair = new zmq.Pair()
      pair.connect(data)
      try { for (;;) await pair.send("y", { timeout: 0 }) } catch (error) { say(error.code) }`
    const thread = use(
      new Thread(`const pair = new zmq.Pair(); pair.connect(data); await pair.send("first"); await told()`, {
        data: endpoint,
      }),
    )
    expect(await texts(pair, 1)).to.deep.equal(["first"])
    const second = use(new Thread(program, { data: endpoint }))
    expect(await second.said()).to.equal("EAGAIN")
    thread.tell("end")
    expect(await thread.exit).to.equal(0)
  })

  it("knows the names of a new context only in its thread", async () => {
    const pull = use(new Pull())
    await pull.bind(endpoint)
    const thread = use(
      new Thread(
        `const context = new zmq.Context()
         const pull = new zmq.Pull({ context })
         await pull.bind(data)
         const push = new zmq.Push({ context })
         push.connect(data)
         await push.send("mine")
         say(String(await pull.receive()))`,
        { data: endpoint },
      ),
    )
    expect(await thread.said()).to.equal("mine")
  })
})
