import { expect } from "chai"
import * as zmq from "../../src/index.js"
import { closing } from "../support/closing.js"
import { freeInproc } from "../support/endpoints.js"
import { caught } from "../support/receiving.js"
import { RUNTIME } from "../support/runtime.js"
import { Thread } from "../support/threads.js"

/** The type of the sender in the killed thread, and of the receiver in this one. */
const PAIRS = [
  ["Push", "Pull"],
  ["Dealer", "Router"],
  ["Dealer", "Dealer"],
  ["Dealer", "Reply"],
  ["Pair", "Pair"],
  ["Publisher", "Subscriber"],
  ["XPublisher", "XSubscriber"],
] as const

type ReceiverType = (typeof PAIRS)[number][1]

/** When the thread is killed, in terms of received messages. */
const STAGES = ["at once", "after its first message", "in full flow", "waiting for room"] as const

const SENDER = `
  const socket = new zmq[data.type]({ sendHighWaterMark: data.mark, linger: 0 })
  const progress = new Int32Array(data.progress)
  if (data.binds) await socket.bind(data.endpoint)
  else socket.connect(data.endpoint)
  say("there")
  // Publishers drop messages that they send before the first subscription.
  if (data.type === "XPublisher") await socket.receive()
  else if (data.type === "Publisher") await told()
  for (let index = 0; ; index++) {
    const number = String(index)
    const body = Buffer.alloc((index * 37) % 9000, index)
    await socket.send(data.delimiter ? ["", number, body] : [number, body])
    Atomics.store(progress, 0, index + 1)
    // Without a high-water mark, nothing else limits the sender.
    if (data.mark === 0 && index % 5 === 4) await new Promise((resolve) => setImmediate(resolve))
  }`

/** The number and body of the next message, or `undefined` if there is none. */
function take(receiver: { tryReceive(): Buffer[] | undefined }): [number, Buffer] | undefined {
  const frames = receiver.tryReceive()
  return frames === undefined ? undefined : [Number(frames.at(-2)), frames.at(-1)!]
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe("a thread that is killed", function () {
  this.timeout(120_000)
  const use = closing()

  function receiverOf(type: ReceiverType): zmq.Pull {
    const receiver = use(new zmq[type]({ receiveHighWaterMark: 10, linger: 0 }))
    if (receiver instanceof zmq.Subscriber) receiver.subscribe("")
    if (receiver instanceof zmq.XSubscriber) receiver.trySend(Buffer.of(1))
    return receiver as unknown as zmq.Pull
  }

  for (const [type, receiverType] of PAIRS) {
    for (const binder of ["thread", "main"]) {
      it(`delivers a prefix of its messages at every stage: ${type} to ${receiverType}, bound by ${binder}`, async () => {
        for (const stage of STAGES) {
          // Publishers drop messages instead of waiting for room. Here they have no high-water mark.
          const publishes = type === "Publisher" || type === "XPublisher"
          if (publishes && stage === "waiting for room") continue
          const endpoint = freeInproc()
          const receiver = receiverOf(receiverType)
          if (binder === "main") await receiver.bind(endpoint)
          const progress = new Int32Array(new SharedArrayBuffer(4))
          const data = {
            type,
            endpoint,
            binds: binder === "thread",
            mark: publishes ? 0 : 10,
            delimiter: receiverType === "Reply",
            progress: progress.buffer,
          }
          const thread = use(new Thread(SENDER, { data }))
          await thread.said()
          if (binder === "thread") receiver.connect(endpoint)
          if (stage !== "at once") thread.tell("subscribed")

          let received = 0
          /** The number of the next message. */
          let expected: number | undefined
          const receiveAll = (): void => {
            for (let count = 0; count < 100; count++) {
              const next = take(receiver)
              if (next === undefined) return
              const [number, body] = next
              // A publisher's first messages may be dropped until it knows of the subscription.
              expected ??= type === "Publisher" ? number : 0
              expect([number, body.length]).to.deep.equal([expected, (expected * 37) % 9000])
              expect(body.every((byte) => byte === (number & 0xff))).to.equal(true)
              received++
              expected++
              // A REP has to reply before it can receive again.
              if (receiverType === "Reply") (receiver as unknown as zmq.Reply).send("").catch(() => undefined)
            }
          }
          const wanted = { "at once": 0, "after its first message": 1, "in full flow": 500, "waiting for room": 0 }[
            stage
          ]
          while (received < wanted) {
            receiveAll()
            await turn()
          }
          // The sum of both high-water marks: with this many messages sent, the sender waits.
          if (stage === "waiting for room") while (Atomics.load(progress, 0) < 20) await turn()
          await thread.close()
          receiveAll()
          // In Deno, the thread may continue briefly after its termination, and those messages are lost.
          if (RUNTIME !== "Deno") {
            const sent = Atomics.load(progress, 0)
            // Queued messages are available immediately, and the rest when the pipe is found to have ended.
            while (received > 0 ? expected! < sent : sent > 0 && type !== "Publisher") {
              await turn()
              receiveAll()
            }
            expect(receiver.tryReceive()).to.equal(undefined)
            // The thread may have been killed after its last send, but before it counted it.
            if (received > 0) expect(expected).to.be.within(sent, sent + 1)
          }
          expect(received).to.be.at.least(wanted)
          receiver.close()
          const successor = use(new zmq.Pull())
          await successor.bind(endpoint)
        }
      })
    }
  }

  for (const type of ["Push", "Dealer", "Pair"] as const) {
    it(`does not block a ${type} that waits for room in it: the message goes to the next thread`, async () => {
      const endpoint = freeInproc()
      const sender = use(new zmq[type]({ sendHighWaterMark: 1, linger: 0 }))
      await sender.bind(endpoint)
      const program = `
        const socket = new zmq[data.type]({ receiveHighWaterMark: 1 })
        socket.connect(data.endpoint)
        say("there")
        await told()
        say(String(await socket.receive()))
        await told()`
      const data = { endpoint, type: type === "Push" ? "Pull" : type }
      const killed = use(new Thread(program, { data }))
      await killed.said()
      while (!sender.writable) await turn()
      while (sender.trySend("lost with its receiver"));
      const waiting = sender.send("waited")
      await killed.close()
      const next = use(new Thread(program, { data }))
      await next.said()
      await waiting
      next.tell("receive")
      expect(await next.said()).to.equal("waited")
    })
  }

  it("frees its PAIR immediately for a thread that connects next", async () => {
    const endpoint = freeInproc()
    const pair = use(new zmq.Pair({ linger: 0 }))
    await pair.bind(endpoint)
    const program = `
      say("started")
      await told()
      const socket = new zmq.Pair()
      socket.connect(data)
      await socket.send("connected")
      await told()`
    const [killed, next] = [1, 2].map(() => use(new Thread(program, { data: endpoint }))) as [Thread, Thread]
    for (const thread of [killed, next]) await thread.said()
    killed.tell("connect")
    expect(String(await pair.receive())).to.equal("connected")
    await killed.close()
    next.tell("connect")
    expect(String(await pair.receive())).to.equal("connected")
  })

  it("loses its request, and leaves a REP that replies to the next one", async () => {
    const endpoint = freeInproc()
    const reply = use(new zmq.Reply({ linger: 0 }))
    await reply.bind(endpoint)
    const program = `
      const request = new zmq.Request()
      request.connect(data)
      await request.send("question")
      say(String(await request.receive()))`
    const killed = use(new Thread(program, { data: endpoint }))
    expect(String(await reply.receive())).to.equal("question")
    await killed.close()
    await reply.send("to nobody")
    const next = use(new Thread(program, { data: endpoint }))
    expect(String(await reply.receive())).to.equal("question")
    await reply.send("answer")
    expect(await next.said()).to.equal("answer")
  })

  it("lets a waiting REQ time out and reach the next thread if it had bound the REP", async () => {
    const endpoint = freeInproc()
    const program = `
      const reply = new zmq.Reply()
      await reply.bind(data)
      say("there")
      const question = await reply.receive()
      say(String(question))
      if (String(question) === "second") await reply.send("answer")
      await told()`
    const killed = use(new Thread(program, { data: endpoint }))
    await killed.said()
    const request = use(new zmq.Request({ relaxed: true, linger: 0, receiveTimeout: 0 }))
    request.connect(endpoint)
    await request.send("first")
    expect(await killed.said()).to.equal("first")
    await killed.close()
    expect(await caught(request.receive())).to.include({ code: "EAGAIN" })
    const next = use(new Thread(program, { data: endpoint }))
    await next.said()
    request.connect(endpoint)
    request.receiveTimeout = -1
    await request.send("second")
    expect([await next.said(), String(await request.receive())]).to.deep.equal(["second", "answer"])
  })
})
