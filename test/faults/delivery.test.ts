import { expect } from "chai"
import {
  Dealer,
  Pair,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Subscriber,
  type Socket,
} from "../../src/index.js"
import { FaultProxy } from "../../src/testing.js"
import { Chaos } from "../soak/chaos.js"
import { CUT, Flow } from "../soak/flow.js"
import { closing } from "../support/closing.js"
import { concurrent } from "../support/concurrent.js"

const OPTIONS = { linger: 0, reconnectInterval: 5, heartbeatInterval: 100, heartbeatTimeout: 100 }
const FAULTS = 12

/** Two connected sockets, and functions that send and receive numbered messages. */
interface Joined {
  readonly sender: Socket
  readonly receiver: Socket
  readonly send: (message: [string, Buffer, string]) => Promise<void>
  readonly receive: () => Promise<readonly Uint8Array[]>
}

const PATTERNS: Readonly<Record<string, () => Joined>> = {
  "PUSH to PULL": () => {
    const [sender, receiver] = [new Push(OPTIONS), new Pull(OPTIONS)]
    return { sender, receiver, send: (message) => sender.send(message), receive: () => receiver.receive() }
  },
  "PUB to SUB": () => {
    const [sender, receiver] = [new Publisher(OPTIONS), new Subscriber(OPTIONS)]
    receiver.subscribe()
    const send = async (message: [string, Buffer, string]): Promise<void> => {
      await sender.send(message)
      // PUB never waits for room. Without pauses, it would drop nearly all messages.
      if (Number(message[0]) % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    return { sender, receiver, send, receive: () => receiver.receive() }
  },
  "PAIR to PAIR": () => {
    const [sender, receiver] = [new Pair(OPTIONS), new Pair(OPTIONS)]
    return { sender, receiver, send: (message) => sender.send(message), receive: () => receiver.receive() }
  },
  "DEALER to ROUTER": () => {
    const sender = new Dealer({ ...OPTIONS, routingId: "d" })
    const receiver = new Router({ ...OPTIONS, handover: true })
    const receive = async (): Promise<Uint8Array[]> => (await receiver.receive()).slice(1)
    return { sender, receiver, send: (message) => sender.send(message), receive }
  },
}

describe("numbered messages through a failing network", function () {
  this.timeout(60_000)
  const test = concurrent(2)
  const keep = closing(after)

  for (const [name, make] of Object.entries(PATTERNS)) {
    for (const [seed, binds] of [
      [1, "receiver"],
      [2, "sender"],
    ] as const) {
      test(`arrive at most once, complete and in the order of their connection: ${name}, the ${binds} binds (seed ${seed})`, async () => {
        const { sender, receiver, send, receive } = make()
        keep(sender)
        keep(receiver)
        const [binding, connecting] = binds === "receiver" ? [receiver, sender] : [sender, receiver]
        await binding.bind("tcp://127.0.0.1:*")
        const proxy = keep(await FaultProxy.start(binding.lastEndpoint!, { seed }))
        connecting.connect(proxy.endpoint)
        const flow = new Flow({ name, expected: CUT }, seed)
        flow.watch(sender)
        flow.watch(receiver)

        const state: { finished: boolean; done: boolean } = { finished: false, done: false }
        /** Number of received messages that the test waits for. */
        let awaited: { readonly count: number; readonly resolve: () => void } | undefined
        const received = (count: number): Promise<void> =>
          flow.received >= count ? Promise.resolve() : new Promise((resolve) => (awaited = { count, resolve }))
        const failed = (error: unknown): void => {
          if ((error as { code?: string }).code !== "EAGAIN") flow.fault(String(error))
        }
        const receiving = (async () => {
          for (;;) {
            flow.take(await receive())
            if (flow.received >= (awaited?.count ?? Infinity)) awaited?.resolve()
            if (state.finished && flow.last > flow.sent - 100) return
          }
        })()
        const sending = (async () => {
          while (!state.finished) await send(flow.make())
        })().catch(failed)
        const chaos = new Chaos([proxy], seed)
        for (let count = 0; count < FAULTS; count++) {
          // Each fault occurs while messages are in flight.
          const before = flow.received
          await chaos.next()
          await received(before + 200)
        }
        state.finished = true
        // The last messages may have been lost with the last connection, so send some more.
        void receiving.then(() => (state.done = true))
        while (!state.done) {
          await send(flow.make())
          // Let the queues drain.
          await new Promise((resolve) => setImmediate(resolve))
        }
        sender.linger = 0
        sender.close()
        await sending
        expect(flow.faults).to.deep.equal([])
      })
    }
  }

  for (const endpoint of ["tcp://127.0.0.1:*", "ipc://*", "inproc://numbered"]) {
    it(`all arrive if nothing fails and the sender closes: ${endpoint}`, async () => {
      const [push, pull] = [keep(new Push()), keep(new Pull())]
      await pull.bind(endpoint)
      push.connect(pull.lastEndpoint!)
      const flow = new Flow({ name: endpoint, lossless: true, expected: new Set(["disconnect"]) })
      flow.watch(pull)
      const sending = (async () => {
        for (let count = 0; count < 5000; count++) await push.send(flow.make())
        push.close()
      })()
      while (flow.received < 5000) flow.take(await pull.receive())
      await sending
      expect(flow.faults).to.deep.equal([])
    })
  }

  it("are kept for a peer that reconnects, unless they were in flight", async () => {
    const [push, pull] = [keep(new Push(OPTIONS)), keep(new Pull(OPTIONS))]
    await pull.bind("tcp://127.0.0.1:*")
    const proxy = keep(await FaultProxy.start(pull.lastEndpoint!))
    await proxy.down()
    push.connect(proxy.endpoint)
    for (let number = 0; number < 500; number++) await push.send(String(number))
    await proxy.up()
    for (let number = 0; number < 500; number++) expect(Number(await pull.receive())).to.equal(number)
  })

  test("include at most one reply to each request, whatever happens to earlier ones: REQ and REP", async () => {
    const request = keep(new Request({ ...OPTIONS, relaxed: true, correlate: true, receiveTimeout: 150 }))
    const reply = keep(new Reply(OPTIONS))
    await reply.bind("tcp://127.0.0.1:*")
    const proxy = keep(await FaultProxy.start(reply.lastEndpoint!, { seed: 3 }))
    request.connect(proxy.endpoint)
    void (async () => {
      for await (const message of reply) await reply.send(message)
    })().catch(() => undefined)
    const chaos = new Chaos([proxy], 3)
    const state: { chaotic: boolean } = { chaotic: true }
    const injecting = (async () => {
      for (let count = 0; count < FAULTS; count++) await chaos.next()
      state.chaotic = false
    })()
    let answered = 0
    for (let number = 0; state.chaotic || answered < 100; number++) {
      await request.send(String(number))
      try {
        expect(Number(await request.receive())).to.equal(number)
        answered++
      } catch (error) {
        expect(error).to.have.property("code", "EAGAIN")
      }
    }
    await injecting
  })
})
