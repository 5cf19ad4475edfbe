import { expect } from "chai"
import { BroadcastChannel, threadId } from "node:worker_threads"
import { Pair, Pull, Push } from "../../src/index.js"
import { KEY } from "../../src/transports/threads/thread-ledger.js"
import { closing } from "../support/closing.js"
import { freeInproc } from "../support/endpoints.js"
import { caught, texts } from "../support/receiving.js"
import { Thread } from "../support/threads.js"

/** Messages that any code in the process could post to a channel whose name it knows. */
function garbage(thread: number, pipe: string, address: string): unknown[] {
  const memory = new SharedArrayBuffer(8)
  const holes = new Array<unknown>(3)
  const whole = { kind: "connect", to: thread, from: 0, pipe, address, self: null, shared: null, pieces: null }
  return [
    ...[null, undefined, 0, 1, "text", true, 7n, [], {}, holes, [1, null], [1, memory, 2], new Map(), new Error("x")],
    ...["bound", "gone", "connect", "refused", "piece", "else"].map((kind) => ({ kind })),
    ...["connect", "refused", "piece"].map((kind) => ({ kind, to: thread, pipe })),
    { kind: "bound", address: 5 },
    { kind: "bound", address },
    { kind: "gone", threads: 5 },
    { kind: "gone", threads: holes },
    // A thread is not considered ended because of such a message.
    { kind: "gone", threads: [thread] },
    whole,
    { ...whole, pieces: [] },
    {
      ...whole,
      self: { socketType: "PUSH", routingId: "id" },
      shared: { words: memory, queues: [memory] },
      pieces: [],
    },
    { ...whole, self: { socketType: "PUSH", routingId: new Uint8Array(2) }, shared: {}, pieces: [[1, memory]] },
    { kind: "refused", to: thread, pipe, from: 5 },
    { kind: "refused", to: thread, pipe: 5, from: thread },
    { kind: "piece", to: thread, pipe, piece: null },
    { kind: "piece", to: thread, pipe, piece: [1, new ArrayBuffer(8)] },
    { kind: "piece", to: thread, pipe: "unknown", piece: [1, memory] },
    { socketType: 5, routingId: new Uint8Array(2) },
    { socketType: "PUSH", routingId: null },
    { socketType: "PUSH", routingId: "12345" },
  ]
}

describe("garbage on the channels between threads", function () {
  this.timeout(30_000)
  const use = closing()

  it("is ignored by every thread", async () => {
    const endpoint = freeInproc()
    const pair = use(new Pair())
    await pair.bind(endpoint)
    const thread = use(
      new Thread(
        `process.on("uncaughtException", (error) => say("uncaught: " + error.stack))
         const pair = new zmq.Pair()
         pair.connect(data)
         await pair.send("hello")
         say(require("node:worker_threads").threadId)
         for await (const [text] of pair) await pair.send("re " + text)`,
        { data: endpoint },
      ),
    )
    const other = Number(await thread.said())
    expect(await texts(pair, 1)).to.deep.equal(["hello"])
    // The first pipe that the other thread opens.
    const pipe = `${other}.0`
    for (const name of [KEY, `${KEY}.${pipe}`]) {
      const channel = new BroadcastChannel(name)
      use(channel)
      for (const each of [threadId, other]) {
        for (const data of garbage(each, pipe, endpoint.slice("inproc://".length))) channel.postMessage(data)
      }
    }
    // After these round trips, both event loops have turned and have processed the garbage.
    for (const text of ["1", "2", "3"]) {
      await pair.send(text)
      expect(await texts(pair, 1)).to.deep.equal([`re ${text}`])
    }
    expect(pair.stats().peers).to.equal(1)
    // For large messages, the receiver also checks the messages that wait in the channels.
    const large = "x".repeat(5 * 1024 * 1024)
    await pair.send(large)
    expect(await texts(pair, 1)).to.deep.equal([`re ${large}`])
  })

  it("does not prevent others from binding names and opening pipes", async () => {
    const endpoint = freeInproc()
    const channel = new BroadcastChannel(KEY)
    use(channel)
    const thread = use(
      new Thread(
        `const pull = new zmq.Pull(); await pull.bind(data); say("bound"); for await (const [text] of pull) say(String(text))`,
        {
          data: endpoint,
        },
      ),
    )
    expect(await thread.said()).to.equal("bound")
    const post = (): void => {
      for (const data of garbage(threadId, `${threadId}.0`, endpoint.slice("inproc://".length)))
        channel.postMessage(data)
    }
    post()
    const push = use(new Push())
    push.connect(endpoint)
    post()
    await push.send("hello")
    expect(await thread.said()).to.equal("hello")
    expect(await caught(use(new Pull()).bind(endpoint))).to.include({ code: "EADDRINUSE" })
  })
})
