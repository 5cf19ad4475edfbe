import { expect } from "chai"
import type * as zmtp from "../../src/index.js"
import type { RemoteProcess, RemoteSocket } from "./remote.js"
import { receiveText } from "./sockets.js"

export type Local = zmtp.Socket & zmtp.Writable & zmtp.Readable

/** One side of a conversation, with either library. */
export interface Side {
  send(...frames: string[]): Promise<void>
  receive(): Promise<string[]>
  subscribe(topic: string): void | Promise<void>
}

export interface Conversation {
  /** Socket types of the two sides, and their options. */
  readonly types: readonly [PeerType, PeerType]
  readonly options?: readonly [object, object]
  readonly talk: (one: Side, other: Side) => Promise<void>
}

export type PeerType = Parameters<RemoteProcess["socket"]>[0]

const MULTIPART = ["", "a", "", "b\xff", ""]
/** Sizes around the limit of short frames, and one that needs several reads. */
const SIZES = [0, 1, 255, 256, 65_536].map((size) => "\xa5".repeat(size))

async function oneWay(one: Side, other: Side): Promise<void> {
  for (const message of [["x"], MULTIPART, [""], SIZES]) {
    await one.send(...message)
    expect(await other.receive()).to.deep.equal(message)
  }
}

async function bothWays(one: Side, other: Side): Promise<void> {
  await oneWay(one, other)
  await oneWay(other, one)
}

// libzmq processes new peers only during calls. Therefore, the side that sends first is already receiving.

async function publish(publisher: Side, subscriber: Side): Promise<void> {
  await subscriber.subscribe("news")
  const heard = subscriber.receive()
  expect(await publisher.receive()).to.deep.equal(["\x01news"])
  await publisher.send("other", "1")
  await publisher.send("news!", ...SIZES)
  expect(await heard).to.deep.equal(["news!", ...SIZES])
}

async function forward(publisher: Side, subscriber: Side): Promise<void> {
  const heard = subscriber.receive()
  await subscriber.send("\x01a")
  expect(await publisher.receive()).to.deep.equal(["\x01a"])
  await publisher.send("abc", ...SIZES)
  expect(await heard).to.deep.equal(["abc", ...SIZES])
  await subscriber.send("\x00a")
  expect(await publisher.receive()).to.deep.equal(["\x00a"])
  await subscriber.send("up", "stream")
  expect(await publisher.receive()).to.deep.equal(["up", "stream"])
}

async function ask(client: Side, server: Side): Promise<void> {
  for (const [question, answer] of [
    [["hi"], ["ho"]],
    [MULTIPART, SIZES],
    [SIZES, MULTIPART],
  ] as const) {
    await client.send(...question)
    expect(await server.receive()).to.deep.equal(question)
    await server.send(...answer)
    expect(await client.receive()).to.deep.equal(answer)
  }
}

export const CONVERSATIONS: readonly Conversation[] = [
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
      // A PUB does not report its subscribers: publish until one receives.
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
      await router.send(id!, ...SIZES)
      expect(await dealer.receive()).to.deep.equal(SIZES)
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

export function localSide(socket: Local): Side {
  return {
    send: (...frames) => socket.send(frames.map((frame) => Buffer.from(frame, "latin1"))),
    receive: () => receiveText(socket),
    subscribe: (topic) => {
      ;(socket as unknown as zmtp.Subscriber).subscribe(topic)
    },
  }
}

export function remoteSide(socket: RemoteSocket): Side {
  return {
    send: (...frames) => socket.send(...frames.map((frame) => Buffer.from(frame, "latin1"))),
    receive: () => socket.receive(),
    subscribe: (topic) => socket.subscribe(topic),
  }
}
