import { expect } from "chai"
import { Pair, Pull, Push, context, type SocketOptions } from "../../../src/index.js"
import { closing } from "../../support/closing.js"
import { freeInproc } from "../../support/endpoints.js"
import { caught, texts } from "../../support/receiving.js"
import { Thread } from "../../support/threads.js"

describe("a pipe between threads", function () {
  this.timeout(60_000)
  const use = closing()
  let endpoint: string

  beforeEach(() => {
    endpoint = freeInproc()
  })

  /** Starts a thread that receives the endpoint as `data`. */
  const start = (program: string): Thread => use(new Thread(program, { data: endpoint }))

  async function boundPull(options: SocketOptions<Pull> = {}): Promise<Pull> {
    const pull = use(new Pull(options))
    await pull.bind(endpoint)
    return pull
  }

  it("queues the sum of both high-water marks, and accepts more when half was received", async () => {
    const pull = await boundPull({ receiveHighWaterMark: 3 })
    const thread = start(
      `const push = new zmq.Push({ sendHighWaterMark: 4 })
         push.connect(data)
         await push.send("first")
         await told()
         let sent = 1
         while (push.trySend(String(sent))) sent++
         say(sent)
         await push.send("waited")
         say("went on")
         await told()`,
    )
    while (!pull.readable) await new Promise((resolve) => setImmediate(resolve))
    thread.tell("fill")
    expect(await thread.said()).to.equal(7)
    expect(await texts(pull, 3)).to.deep.equal(["first", "1", "2"])
    expect(await texts(pull, 1)).to.deep.equal(["3"])
    expect(await thread.said()).to.equal("went on")
    expect(await texts(pull, 4)).to.deep.equal(["4", "5", "6", "waited"])
  })

  it("uses only the sender's mark until the other thread has accepted it", async () => {
    const push = use(new Push({ sendHighWaterMark: 5 }))
    const gate = new Int32Array(new SharedArrayBuffer(4))
    const thread = use(
      new Thread(
        `const pull = new zmq.Pull()
         await pull.bind(data.endpoint)
         say("bound")
         Atomics.wait(data.gate, 0, 0)
         await told()`,
        { data: { endpoint, gate } },
      ),
    )
    await thread.said()
    push.connect(endpoint)
    let sent = 0
    while (push.trySend(String(sent))) sent++
    expect(sent).to.equal(5)
    Atomics.store(gate, 0, 1)
    Atomics.notify(gate, 0)
  })

  it("wakes a sender that waits for room when the other thread has accepted it with its own mark", async () => {
    const push = use(new Push({ sendHighWaterMark: 1 }))
    const thread = start(
      `const pull = new zmq.Pull({ receiveHighWaterMark: 10 })
         await pull.bind(data)
         say("bound")
         await told()
         for (let count = 0; count < 4; count++) say(String(await pull.receive()))
         await told()`,
    )
    await thread.said()
    push.connect(endpoint)
    for (const text of "1234") await push.send(text)
    thread.tell("read")
    const said = []
    for (let count = 0; count < 4; count++) said.push(await thread.said())
    expect(said).to.deep.equal(["1", "2", "3", "4"])
  })

  it("applies changes of the marks", async () => {
    const pull = await boundPull({ receiveHighWaterMark: 1 })
    const thread = start(
      `const push = new zmq.Push({ sendHighWaterMark: 1 })
         push.connect(data)
         await push.send("1")
         await push.send("2")
         say("full")
         await push.send("3")
         say("room")
         await told()`,
    )
    expect(await thread.said()).to.equal("full")
    pull.receiveHighWaterMark = 10
    expect(await thread.said()).to.equal("room")
    expect(await texts(pull, 3)).to.deep.equal(["1", "2", "3"])
  })

  it("queues the sum of both marks in bytes and one more message, and accepts more when half was received", async () => {
    const pull = await boundPull({ receiveHighWaterBytes: 4500 })
    const thread = start(
      `const push = new zmq.Push({ sendHighWaterBytes: 4500 })
         push.connect(data)
         await push.send("first")
         await told()
         let sent = 0
         while (push.trySend([Buffer.alloc(900), String(sent)])) sent++
         say(sent)
         await push.send("waited")
         say("went on")
         await told()`,
    )
    while (!pull.readable) await new Promise((resolve) => setImmediate(resolve))
    thread.tell("fill")
    // Each message costs 1,349 bytes, and the first one in the queue 325. The seventh message brings the total to
    // 9,768.
    expect(await thread.said()).to.equal(7)
    expect(await texts(pull, 1)).to.deep.equal(["first"])
    const number = async (): Promise<number> => Number((await pull.receive())[1])
    expect([await number(), await number(), await number()]).to.deep.equal([0, 1, 2])
    expect(await number()).to.equal(3)
    expect(await thread.said()).to.equal("went on")
    expect([await number(), await number(), await number()]).to.deep.equal([4, 5, 6])
    expect(await texts(pull, 1)).to.deep.equal(["waited"])
  })

  it("accepts a message of any size beyond the mark in bytes, and applies changes of the mark", async () => {
    const pull = await boundPull({ receiveHighWaterBytes: 1 })
    const thread = start(
      `const push = new zmq.Push({ sendHighWaterBytes: 1 })
         push.connect(data)
         await push.send(Buffer.alloc(5_000_000))
         say("full")
         await push.send("room")
         say("room")
         await told()`,
    )
    expect(await thread.said()).to.equal("full")
    pull.receiveHighWaterBytes = 2 ** 40
    expect(await thread.said()).to.equal("room")
    expect((await pull.receive())[0]).to.have.length(5_000_000)
    expect(await texts(pull, 1)).to.deep.equal(["room"])
  })

  it("keeps the order and the frames of messages of every size", async () => {
    const sizes = [0, 1, 31, 32, 33, 127, 128, 129, 8191, 8192, 65_535, 65_536, 1_000_000, 4_194_303, 4_194_304]
    const pair = use(new Pair())
    await pair.bind(endpoint)
    start(
      `const pair = new zmq.Pair()
         pair.connect(data)
         for await (const message of pair) await pair.send(message.reverse())`,
    )
    for (const size of sizes) await pair.send([Buffer.alloc(size, size & 0xff), "", Buffer.alloc(size, 1)])
    for (const size of sizes) {
      const [ones, empty, own] = await pair.receive()
      expect([ones!.length, empty!.length, own!.length]).to.deep.equal([size, 0, size])
      expect([
        Buffer.isBuffer(own),
        own!.equals(Buffer.alloc(size, size & 0xff)),
        ones!.equals(Buffer.alloc(size, 1)),
      ]).to.deep.equal([true, true, true])
    }
  })

  it("transfers a message of 5,000 frames, and a backlog of 40 MiB", async () => {
    const pull = await boundPull()
    const thread = start(
      `const push = new zmq.Push()
         push.connect(data)
         await push.send(Array.from({ length: 5000 }, (_, index) => Buffer.alloc(index % 700, index)))
         for (let index = 0; index < 640; index++) await push.send(Buffer.alloc(65536, index))
         say("sent")`,
    )
    expect(await thread.said()).to.equal("sent")
    expect(await thread.exit).to.equal(0)
    const frames = await pull.receive()
    expect(frames).to.have.length(5000)
    expect(frames.every((frame, index) => frame.equals(Buffer.alloc(index % 700, index)))).to.equal(true)
    for (let index = 0; index < 640; index++)
      expect((await pull.receive())[0]!.equals(Buffer.alloc(65_536, index))).to.equal(true)
  })

  it("neither loses, duplicates, nor reorders 200,000 messages of mixed sizes", async () => {
    const pull = await boundPull()
    start(
      `const push = new zmq.Push()
         push.connect(data)
         for (let index = 0; index < 200000; index++) {
           const body = Buffer.alloc(4 + (index * 7919) % 300)
           body.writeUInt32LE(index)
           await push.send(body)
         }`,
    )
    let next = 0
    for await (const [body] of pull) {
      if (body!.readUInt32LE() !== next || body!.length !== 4 + ((next * 7919) % 300)) break
      if (++next === 200_000) break
    }
    expect(next).to.equal(200_000)
  })

  it("keeps only the newest message with `conflate`, whichever side requests it", async () => {
    for (const side of ["push", "pull"]) {
      const name = freeInproc()
      const pull = use(new Pull(side === "pull" ? { conflate: true } : {}))
      await pull.bind(name)
      const thread = use(
        new Thread(
          `const push = new zmq.Push(data.options)
           push.connect(data.name)
           await told()
           for (let index = 0; index < 100000; index++) await push.send(String(index))
           say("sent")
           await told()
           await push.send("last")
           await told()`,
          { data: { name, options: side === "push" ? { conflate: true } : {} } },
        ),
      )
      thread.tell("begin")
      expect(await thread.said()).to.equal("sent")
      expect(await texts(pull, 1)).to.deep.equal(["99999"])
      thread.tell("go on")
      expect(await texts(pull, 1)).to.deep.equal(["last"])
    }
  })

  it("leaves the newest message of a terminated thread with `conflate`, of any size", async () => {
    const pull = await boundPull()
    const thread = start(
      `const push = new zmq.Push({ conflate: true, linger: 0 })
         push.connect(data)
         for (let size = 1; size <= 5_000_000; size *= 2) await push.send([String(size), Buffer.alloc(size, 7)])
         await push.send(["last", Buffer.alloc(3000, 7)])
         say("sent")
         await told()`,
    )
    expect(await thread.said()).to.equal("sent")
    await thread.close()
    const [size, body] = await pull.receive()
    expect([String(size), body!.equals(Buffer.alloc(3000, 7))]).to.deep.equal(["last", true])
    pull.receiveTimeout = 0
    expect(await caught(pull.receive())).to.include({ code: "EAGAIN" })
  })

  it("ends when the peer closes its socket, after all its messages", async () => {
    const push = use(new Push({ sendTimeout: 0 }))
    const pull = await boundPull()
    const thread = start(
      `const push = new zmq.Push({ linger: 0 })
         const pull = new zmq.Pull()
         push.connect(data)
         await pull.bind(data + "-back")
         for (const number of "123") await push.send(number)
         push.close()
         say("closed")
         say(String(await pull.receive()))
         pull.close()
         say("closed")
         await told()`,
    )
    await thread.said()
    expect(await texts(pull, 3)).to.deep.equal(["1", "2", "3"])
    push.connect(`${endpoint}-back`)
    await push.send("x")
    expect([await thread.said(), await thread.said()]).to.deep.equal(["x", "closed"])
    while (push.writable) await new Promise((resolve) => setImmediate(resolve))
    expect(await caught(push.send("y"))).to.include({ code: "EAGAIN" })
  })

  it("shares the settings of the default context", async () => {
    const before = context.ioThreads
    context.ioThreads = 3
    context.ipv6 = true
    const thread = use(
      new Thread(
        `const { ioThreads, ipv6, blocky, maxSockets } = zmq.context
         say([ioThreads, ipv6, blocky, maxSockets, new zmq.Pull().ipv6, new zmq.Context().ioThreads])
         zmq.context.ioThreads = 4
         say("set")
         await told()`,
      ),
    )
    expect(await thread.said()).to.deep.equal([3, true, true, 1023, true, 1])
    await thread.said()
    expect(context.ioThreads).to.equal(4)
    context.ioThreads = before
    context.ipv6 = false
  })
})
