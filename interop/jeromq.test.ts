import { expect } from "chai"
import * as zmtp from "../src/index.js"
import { localSide, type Local, type Side as Speaker } from "./support/conversations.js"
import { JeromqProcess, missingForJeromq, type JeromqSocket } from "./support/jeromq.js"
import { closeAll, closing } from "./support/sockets.js"

interface Side extends Speaker {
  unsubscribe(topic: string): void | Promise<void>
}

/** A class of this library. `CONSTANTS` maps it to the constant in JeroMQ. */
type Type = keyof typeof CONSTANTS

const CONSTANTS = {
  Push: "PUSH",
  Pull: "PULL",
  XPublisher: "XPUB",
  Publisher: "PUB",
  Subscriber: "SUB",
  Request: "REQ",
  Reply: "REP",
  Dealer: "DEALER",
  Router: "ROUTER",
}

/** Sizes around the limit of short frames, and one that needs several reads. */
const BODIES = [0, 255, 256, 65_536].map((size) => "b\xff".repeat(Math.ceil(size / 2)).slice(0, size))
const MESSAGES = [...BODIES.map((body) => [body]), ["", "a", "", "b\xff", ""], BODIES]

async function oneWay(one: Side, other: Side): Promise<void> {
  for (const message of MESSAGES) {
    await one.send(...message)
    expect(await other.receive()).to.deep.equal(message)
  }
}

async function ask(client: Side, server: Side): Promise<void> {
  for (const message of MESSAGES) {
    await client.send(...message)
    expect(await server.receive()).to.deep.equal(message)
    await server.send(...message, "!")
    expect(await client.receive()).to.deep.equal([...message, "!"])
  }
}

// JeroMQ processes what a peer has sent only during calls. Therefore, the side that sends first is already receiving.

async function publish(publisher: Side, subscriber: Side): Promise<void> {
  await subscriber.subscribe("news")
  await subscriber.subscribe("end")
  let heard = subscriber.receive()
  expect([await publisher.receive(), await publisher.receive()].sort()).to.deep.equal([["\x01end"], ["\x01news"]])
  for (const message of MESSAGES) {
    await publisher.send("other", ...message)
    await publisher.send("news!", ...message)
    expect(await heard).to.deep.equal(["news!", ...message])
    if (message !== MESSAGES.at(-1)) heard = subscriber.receive()
  }
  await subscriber.unsubscribe("news")
  heard = subscriber.receive()
  expect(await publisher.receive()).to.deep.equal(["\x00news"])
  await publisher.send("news")
  await publisher.send("end")
  expect(await heard).to.deep.equal(["end"])
}

interface Conversation {
  readonly types: readonly [Type, Type]
  readonly talk: (one: Side, other: Side) => Promise<void>
  /** Routing id of the first of the two sides. */
  readonly routingId?: string
}

const CONVERSATIONS: readonly Conversation[] = [
  { types: ["Push", "Pull"], talk: oneWay },
  { types: ["XPublisher", "Subscriber"], talk: publish },
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
      await publisher.send("a", "", "b")
      let message = await subscriber.receive()
      while (message[0] === "again") message = await subscriber.receive()
      expect(message).to.deep.equal(["a", "", "b"])
    },
  },
  { types: ["Request", "Reply"], talk: ask },
  {
    types: ["Dealer", "Router"],
    routingId: "dealer",
    async talk(dealer, router) {
      for (const message of MESSAGES) {
        await dealer.send(...message)
        expect(await router.receive()).to.deep.equal(["dealer", ...message])
        await router.send("dealer", ...message)
        expect(await dealer.receive()).to.deep.equal(message)
      }
    },
  },
  {
    types: ["Dealer", "Router"],
    async talk(dealer, router) {
      await dealer.send("hi")
      const [id, ...message] = await router.receive()
      expect(id).to.have.length(5)
      expect(message).to.deep.equal(["hi"])
      await router.send(id!, "ho")
      expect(await dealer.receive()).to.deep.equal(["ho"])
    },
  },
]

function unsubscribing(socket: Local): Side {
  return {
    ...localSide(socket),
    unsubscribe: (topic) => {
      ;(socket as unknown as zmtp.Subscriber).unsubscribe(topic)
    },
  }
}

const missing = missingForJeromq()
const suite = missing === undefined ? describe : describe.skip

suite(`peers of ZMTP 2.0: JeroMQ 0.3${missing === undefined ? "" : ` (skipped: no ${missing} here)`}`, function () {
  this.timeout(60_000)
  let jeromq: JeromqProcess
  const remotes: JeromqSocket[] = []

  async function remote(type: Type, routingId?: string): Promise<JeromqSocket> {
    const socket = await jeromq.socket(CONSTANTS[type], routingId)
    remotes.push(socket)
    return socket
  }

  before(async () => {
    jeromq = await JeromqProcess.start()
  })
  after(() => jeromq.stop())
  afterEach(async () => {
    closeAll()
    for (const socket of remotes.splice(0)) await socket.close()
  })

  for (const { types, talk, routingId } of CONVERSATIONS) {
    for (const ours of [0, 1]) {
      for (const binder of ["zmtp", "JeroMQ"]) {
        const sides = types.map((type, side) => `${type} (${side === ours ? "zmtp" : "JeroMQ"})`)
        const named = routingId === undefined ? "" : " with an id"
        it(`exchange messages: ${sides.join(" to ")}${named}, bound by ${binder}`, async () => {
          const Class = zmtp[types[ours]!] as unknown as new (options: object) => Local
          const local = closing(new Class(ours === 0 && routingId !== undefined ? { routingId } : {}))
          const theirs = await remote(types[1 - ours]!, ours === 1 ? routingId : undefined)
          if (binder === "zmtp") {
            await local.bind("tcp://127.0.0.1:*")
            await theirs.connect(local.lastEndpoint!)
          } else local.connect(await theirs.bind())
          const both: [Side, Side] = [unsubscribing(local), theirs]
          if (ours === 1) both.reverse()
          await talk(...both)
        })
      }
    }
  }

  const keys = zmtp.curveKeyPair()
  for (const [name, options] of [
    ["CURVE", { curveServer: true, curveSecretKey: keys.secretKey, curvePublicKey: keys.publicKey }],
    ["PLAIN", { plainServer: true }],
  ] as const) {
    it(`are rejected by a ${name} server`, async () => {
      const pull = closing(new zmtp.Pull(options))
      await pull.bind("tcp://127.0.0.1:*")
      const refused = (async () => {
        for await (const event of pull.events) if (event.type === "handshake:error:protocol") return event.error
        return undefined
      })()
      const push = await remote("Push")
      await push.connect(pull.lastEndpoint!)
      await push.send("secret")
      expect(await refused).to.have.property("code", "ERR_ZMTP_UNSPECIFIED")
      expect(pull.readable).to.equal(false)
    })
  }
})
