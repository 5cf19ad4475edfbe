import { expect } from "chai"
import * as v from "valibot"
import { RemoteProcess } from "../../interop/support/remote.js"
import {
  BadMessageError,
  Dealer,
  json,
  Publisher,
  Pull,
  Push,
  Router,
  SchemaError,
  Subscriber,
  text,
  XPublisher,
  type Codec,
  type TypedReadable,
  type TypedWritable,
} from "../../src/index.js"
import { msgpack } from "../../src/msgpack.js"
import { closing } from "../support/closing.js"
import { freeInproc } from "../support/endpoints.js"

interface Task {
  id: number
}

describe("socket.with(codec)", () => {
  const open = closing()

  async function pair(): Promise<{ push: Push; pull: Pull }> {
    const endpoint = freeInproc()
    const pull = open(new Pull())
    await pull.bind(endpoint)
    const push = open(new Push())
    push.connect(endpoint)
    return { push, pull }
  }

  it("returns a view that sends, receives, and iterates over values", async () => {
    const { push, pull } = await pair()
    const tasks = push.with(json<Task>())
    await tasks.send({ id: 1 })
    await tasks.sendMany([{ id: 2 }, { id: 3 }])
    expect(tasks.trySend({ id: 4 })).to.equal(true)
    const work = pull.with(json<Task>())
    expect(await work.receive()).to.deep.equal({ id: 1 })
    expect(work.tryReceive()).to.deep.equal({ id: 2 })
    const rest: number[] = []
    for await (const { id } of work) {
      rest.push(id)
      if (id === 4) break
    }
    expect(rest).to.deep.equal([3, 4])
    expect(work.tryReceive()).to.equal(undefined)
  })

  it("has types that match the directions of the socket", async () => {
    const { push, pull } = await pair()
    const sender: TypedWritable<string> = push.with(text)
    const receiver: TypedReadable<string> = pull.with(text)
    // @ts-expect-error -- a Push cannot receive
    const none: TypedReadable<string> = push.with(text)
    // @ts-expect-error -- a Pull cannot send
    const neither: TypedWritable<string> = pull.with(text)
    // @ts-expect-error -- expected text, got numbers
    const numbers: TypedWritable<number> = push.with(text)
    // @ts-expect-error -- the topic is missing
    const publisher: TypedWritable<string> = open(new Publisher()).with(text)
    expect([sender, receiver, none, neither, numbers, publisher]).to.have.length(6)
  })

  it("publishes and subscribes with topics", async () => {
    const endpoint = freeInproc()
    const publisher = open(new XPublisher())
    await publisher.bind(endpoint)
    const subscriber = open(new Subscriber())
    subscriber.connect(endpoint)
    subscriber.subscribe("weather.")
    await publisher.receive()
    const news = publisher.with(json<{ degrees: number }>())
    await news.send(["sport", { degrees: 0 }])
    await news.send(["weather.berlin", { degrees: 21 }])
    const [topic, { degrees }] = await subscriber.with(json<{ degrees: number }>()).receive()
    expect([topic, degrees]).to.deep.equal(["weather.berlin", 21])
  })

  it("returns and accepts the peers of a Router", async () => {
    const endpoint = freeInproc()
    const router = open(new Router())
    await router.bind(endpoint)
    const dealer = open(new Dealer({ routingId: "d" }))
    dealer.connect(endpoint)
    const [questions, answers] = [router.with(msgpack<number>()), dealer.with(msgpack<number>())]
    await answers.send(20)
    const [peer, number] = await questions.receive()
    expect(String(peer)).to.equal("d")
    await questions.send([peer, number + 1])
    expect(await answers.receive()).to.equal(21)
  })

  it("accepts codecs of several frames", async () => {
    const point: Codec<{ x: string; y: string }> = {
      encode: ({ x, y }) => [x, y],
      decode: ([x, y]) => ({ x: String(x), y: String(y) }),
    }
    const { push, pull } = await pair()
    await push.with(point).send({ x: "1", y: "2" })
    expect((await pull.receive()).map(String)).to.deep.equal(["1", "2"])
  })

  it("throws the codec's error from `send`, and sends nothing", async () => {
    const { push, pull } = await pair()
    const tasks = push.with(json(v.object({ id: v.number() })))
    expect(() => tasks.send({ id: "1" as unknown as number })).to.throw(SchemaError)
    const nothing: Codec<string> = { encode: () => [], decode: () => "" }
    expect(() => push.with(nothing).send("")).to.throw(TypeError, "no frames")
    expect(pull.tryReceive()).to.equal(undefined)
  })

  it("rejects an invalid codec", async () => {
    const { push } = await pair()
    expect(() => push.with({} as Codec<string>)).to.throw(TypeError)
  })

  describe("a message that the codec cannot decode", () => {
    it("rejects only its own `receive`, with its frames", async () => {
      const { push, pull } = await pair()
      await push.sendMany([["{"], '{"id":2}'])
      const work = pull.with(json<Task>())
      const error: unknown = await work.receive().catch((error: unknown) => error)
      expect(error).to.be.an.instanceOf(BadMessageError)
      const { code, frames, cause } = error as BadMessageError
      expect([code, frames.map(String)]).to.deep.equal(["EBADMSG", ["{"]])
      expect(cause).to.be.an.instanceOf(SyntaxError)
      expect(await work.receive()).to.deep.equal({ id: 2 })
    })

    it("is skipped by the iterator and passed to `onBadMessage`", async () => {
      const { push, pull } = await pair()
      await push.sendMany(["{", '{"id":2}', "}", '{"id":4}'])
      const bad: string[] = []
      const work = pull.with(json<Task>(), { onBadMessage: ({ frames }) => bad.push(String(frames)) })
      const good: number[] = []
      for await (const { id } of work) {
        good.push(id)
        if (id === 4) break
      }
      expect({ good, bad }).to.deep.equal({ good: [2, 4], bad: ["{", "}"] })
      expect(pull.stats().dropped).to.equal(2)
    })

    it("ends the iteration when `onBadMessage` throws", async () => {
      const { push, pull } = await pair()
      await push.sendMany(["{", '{"id":2}'])
      const work = pull.with(json<Task>(), {
        onBadMessage: (error) => {
          throw error
        },
      })
      const iterator = work[Symbol.asyncIterator]()
      expect(await iterator.next().catch((error: unknown) => error)).to.be.an.instanceOf(BadMessageError)
      expect(await iterator.next()).to.deep.equal({ value: { id: 2 }, done: false })
    })

    it("causes one process warning without `onBadMessage`", async () => {
      const { push, pull } = await pair()
      const warnings: string[] = []
      const listener = ({ message }: Error): void => void warnings.push(message)
      process.on("warning", listener)
      try {
        await push.sendMany(["{", "}", '{"id":3}'])
        for await (const { id } of pull.with(json<Task>())) if (id === 3) break
        await new Promise(setImmediate)
        expect(warnings).to.have.length(1)
        expect(warnings[0]).to.match(/^Cannot decode message: .*onBadMessage/)
      } finally {
        process.off("warning", listener)
      }
    })
  })

  it("ends the iteration when the socket closes", async () => {
    const { pull } = await pair()
    const next = pull.with(text)[Symbol.asyncIterator]().next()
    pull.close()
    expect((await next).done).to.equal(true)
  })

  it("exchanges messages with plain libzmq peers", async () => {
    const libzmq = await RemoteProcess.start("libzmq")
    try {
      const publisher = open(new XPublisher())
      await publisher.bind("tcp://127.0.0.1:*")
      const subscriber = await libzmq.socket("Subscriber")
      await subscriber.connect(publisher.lastEndpoint!)
      await subscriber.subscribe("t")
      await publisher.receive()
      await publisher.with(json<Task>()).send(["topic", { id: 7 }])
      expect(await subscriber.receive()).to.deep.equal(["topic", '{"id":7}'])
    } finally {
      await libzmq.stop()
    }
  })
})
