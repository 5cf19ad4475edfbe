import { expect } from "chai"
import * as zmtp from "../src/index.js"
import { RemoteProcess, type RemoteSocket } from "./support/remote.js"
import { closeAll, closing, receiveText } from "./support/sockets.js"

type Local = zmtp.Socket & zmtp.Writable & zmtp.Readable

/** What either side of a conversation can do, whichever library it is on. */
interface Side {
  send(...frames: string[]): Promise<void>
  receive(): Promise<string[]>
  subscribe(topic: string): void | Promise<void>
}

interface Conversation {
  /** Socket types of the two sides, and their options. */
  readonly types: readonly [PeerType, PeerType]
  readonly options?: readonly [object, object]
  readonly talk: (one: Side, other: Side) => Promise<void>
}

type PeerType = Parameters<RemoteProcess["socket"]>[0]

const MULTIPART = ["", "a", "", "b\xff", ""]

async function oneWay(one: Side, other: Side): Promise<void> {
  for (const message of [["x"], MULTIPART, [""]]) {
    await one.send(...message)
    expect(await other.receive()).to.deep.equal(message)
  }
}

async function bothWays(one: Side, other: Side): Promise<void> {
  await oneWay(one, other)
  await oneWay(other, one)
}

// libzmq takes note of a new peer only while the application calls it: whoever is to speak first already receives.

async function publish(publisher: Side, subscriber: Side): Promise<void> {
  await subscriber.subscribe("news")
  const heard = subscriber.receive()
  expect(await publisher.receive()).to.deep.equal(["\x01news"])
  await publisher.send("other", "1")
  await publisher.send("news!", "", "2")
  expect(await heard).to.deep.equal(["news!", "", "2"])
}

async function forward(publisher: Side, subscriber: Side): Promise<void> {
  const heard = subscriber.receive()
  await subscriber.send("\x01a")
  expect(await publisher.receive()).to.deep.equal(["\x01a"])
  await publisher.send("abc", "1")
  expect(await heard).to.deep.equal(["abc", "1"])
  await subscriber.send("\x00a")
  expect(await publisher.receive()).to.deep.equal(["\x00a"])
  await subscriber.send("up", "stream")
  expect(await publisher.receive()).to.deep.equal(["up", "stream"])
}

async function ask(client: Side, server: Side): Promise<void> {
  for (const [question, answer] of [
    [["hi"], ["ho"]],
    [MULTIPART, MULTIPART],
  ] as const) {
    await client.send(...question)
    expect(await server.receive()).to.deep.equal(question)
    await server.send(...answer)
    expect(await client.receive()).to.deep.equal(answer)
  }
}

const CONVERSATIONS: readonly Conversation[] = [
  { types: ["Push", "Pull"], talk: oneWay },
  { types: ["Pair", "Pair"], talk: bothWays },
  { types: ["Dealer", "Dealer"], talk: bothWays },
  { types: ["Request", "Reply"], talk: ask },
  { types: ["XPublisher", "Subscriber"], talk: publish },
  { types: ["XPublisher", "XSubscriber"], talk: forward },
  {
    types: ["Publisher", "Subscriber"],
    async talk(publisher, subscriber) {
      await subscriber.subscribe("")
      // A PUB tells nobody of its subscribers: publish until one hears.
      const first = subscriber.receive()
      for (let message: string[] | undefined; message === undefined;) {
        await publisher.send("again")
        message = await Promise.race([first, new Promise<undefined>((resolve) => setImmediate(resolve, undefined))])
      }
      await publisher.send(...MULTIPART)
      let message = await subscriber.receive()
      while (message[0] === "again") message = await subscriber.receive()
      expect(message).to.deep.equal(MULTIPART)
    },
  },
  {
    types: ["Dealer", "Reply"],
    async talk(dealer, reply) {
      await dealer.send("id", "", "question", "")
      expect(await reply.receive()).to.deep.equal(["question", ""])
      await reply.send("answer")
      expect(await dealer.receive()).to.deep.equal(["id", "", "answer"])
    },
  },
  {
    types: ["Request", "Router"],
    options: [{ routingId: "req" }, {}],
    async talk(request, router) {
      await request.send("question")
      expect(await router.receive()).to.deep.equal(["req", "", "question"])
      await router.send("req", "", "answer")
      expect(await request.receive()).to.deep.equal(["answer"])
    },
  },
  {
    types: ["Dealer", "Router"],
    async talk(dealer, router) {
      await dealer.send(...MULTIPART)
      const [id, ...message] = await router.receive()
      expect(id).to.have.length(5)
      expect(id![0]).to.equal("\0")
      expect(message).to.deep.equal(MULTIPART)
      await router.send(id!, ...MULTIPART)
      expect(await dealer.receive()).to.deep.equal(MULTIPART)
    },
  },
  {
    types: ["Router", "Router"],
    options: [
      { routingId: "one", mandatory: true, probeRouter: true },
      { routingId: "other", mandatory: true, probeRouter: true },
    ],
    async talk(one, other) {
      expect(await Promise.all([one.receive(), other.receive()])).to.deep.equal([
        ["other", ""],
        ["one", ""],
      ])
      await one.send("other", "hi")
      expect(await other.receive()).to.deep.equal(["one", "hi"])
      await other.send("one", "ho")
      expect(await one.receive()).to.deep.equal(["other", "ho"])
    },
  },
]

function localSide(socket: Local): Side {
  return {
    send: (...frames) => socket.send(frames.map((frame) => Buffer.from(frame, "latin1"))),
    receive: () => receiveText(socket),
    subscribe: (topic) => {
      ;(socket as unknown as zmtp.Subscriber).subscribe(topic)
    },
  }
}

function remoteSide(socket: RemoteSocket): Side {
  return {
    send: (...frames) => socket.send(...frames.map((frame) => Buffer.from(frame, "latin1"))),
    receive: () => socket.receive(),
    subscribe: (topic) => socket.subscribe(topic),
  }
}

describe("every pattern between this library and libzmq", () => {
  let libzmq: RemoteProcess

  before(async () => {
    libzmq = await RemoteProcess.start("libzmq")
  })
  after(() => libzmq.stop())
  afterEach(closeAll)

  for (const { types, options = [{}, {}], talk } of CONVERSATIONS) {
    for (const ours of types[0] === types[1] ? [0] : [0, 1]) {
      for (const address of ["tcp://127.0.0.1:*", "ipc://*"]) {
        for (const binder of ["zmtp", "libzmq"]) {
          const sides = types.map((type, side) => `${type} (${side === ours ? "zmtp" : "libzmq"})`)
          it(`${sides.join(" to ")} over ${address.slice(0, 3)}, bound by ${binder}`, async () => {
            const Class = zmtp[types[ours] as keyof typeof zmtp] as unknown as new (options: object) => Local
            const local = closing(new Class({ ...options[ours]! }))
            const remote = await libzmq.socket(types[1 - ours]!, { ...options[1 - ours]! })
            if (binder === "zmtp") {
              await local.bind(address)
              await remote.connect(local.lastEndpoint!)
            } else local.connect(await remote.bind(address))
            const both: [Side, Side] = [localSide(local), remoteSide(remote)]
            if (ours === 1) both.reverse()
            await talk(...both)
            await remote.close()
          })
        }
      }
    }
  }
})
