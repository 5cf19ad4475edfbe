import { expect } from "chai"
import { readFileSync } from "node:fs"
import { createSocket } from "node:dgram"
import { once } from "node:events"
import * as drafts from "../src/draft.js"
import { curveKeyPair, type Socket } from "../src/index.js"
import { hasMulticast } from "../test/support/multicast.js"
import { skip } from "../test/support/skip.js"
import { type DraftType, libzmqPeers, type RemoteSocket } from "./support/remote.js"
import { closeAll, closing } from "./support/sockets.js"

/** Options of a message: its group or routing id. */
type Beside = object | undefined

/** One side of a conversation, with either library. */
interface Side {
  send(message: unknown, beside?: Beside): Promise<void>
  /** Frames as text, with one character per byte (Latin-1), and the options of the message unchanged. */
  receive(): Promise<unknown[]>
  join(...groups: (string | Buffer)[]): Promise<void>
  leave(...groups: (string | Buffer)[]): Promise<void>
  /** Returns when the process of this side has had time to work. */
  turn(): Promise<unknown>
}

type Talk = (one: Side, other: Side) => Promise<void>

const BODIES = ["x", "", "b\xff", "y".repeat(300)]
const bytes = (text: string): Buffer => Buffer.from(text, "latin1")

async function oneWay(one: Side, other: Side): Promise<void> {
  for (const body of BODIES) {
    await one.send(bytes(body))
    expect(await other.receive()).to.deep.equal([body])
  }
}

async function bothWays(one: Side, other: Side): Promise<void> {
  await oneWay(one, other)
  await oneWay(other, one)
}

async function serve(client: Side, server: Side): Promise<void> {
  for (const body of BODIES) {
    await client.send(bytes(body))
    const [request, beside] = (await server.receive()) as [string, { routingId: number }]
    expect(request).to.equal(body)
    expect(beside.routingId).to.be.within(1, 0xffff_ffff)
    await server.send(bytes(`${body}!`), beside)
    await server.send("more", beside)
    expect(await client.receive()).to.deep.equal([`${body}!`])
    expect(await client.receive()).to.deep.equal(["more"])
  }
}

/**
 * Sends until `dish` receives a message of `group`, because a RADIO does not report who has joined. The other process
 * takes a turn after each message: a queue full of them would lose what is sent later over udp.
 */
async function call(radio: Side, dish: Side, group: string): Promise<void> {
  const heard = hearFrom(dish, group)
  for (let done = false; !done;) {
    await radio.send("again", { group: bytes(group) })
    const turn = Promise.all([radio.turn(), dish.turn()])
    done = await Promise.race([heard.then(() => true), turn.then(() => false)])
  }
}

async function hearFrom(dish: Side, wanted: string): Promise<void> {
  let group: string | undefined
  while (group !== wanted) [, { group }] = (await dish.receive()) as [string, { group: string }]
}

/** Receives the next message of `dish` other than those of `call`. */
async function hear(dish: Side): Promise<unknown[]> {
  let message = await dish.receive()
  while (message[0] === "again") message = await dish.receive()
  return message
}

async function broadcast(radio: Side, dish: Side): Promise<void> {
  await broadcastTo(radio, dish, ["\xff\xfe".repeat(8), "g".repeat(255)])
}

/** @param groups Names of groups that are long or not ASCII. */
async function broadcastTo(radio: Side, dish: Side, groups: readonly string[]): Promise<void> {
  await dish.join("news", "")
  await call(radio, dish, "news")
  for (const body of BODIES) {
    await radio.send("nobody's", { group: "new" })
    await radio.send("nobody's", { group: "news!" })
    await radio.send(bytes(body), { group: "news" })
    expect(await hear(dish)).to.deep.equal([body, { group: "news" }])
  }
  await radio.send("to all", { group: "" })
  expect(await hear(dish)).to.deep.equal(["to all", { group: "" }])
  let last = "news"
  for (const group of groups) {
    await dish.leave(bytes(last))
    await dish.join(bytes(group))
    await call(radio, dish, group)
    await radio.send("left", { group: bytes(last) })
    await radio.send("here", { group: bytes(group) })
    expect(await hear(dish)).to.deep.equal(["here", { group }])
    last = group
  }
}

const CONVERSATIONS: readonly { types: readonly [DraftType, DraftType]; talk: Talk }[] = [
  { types: ["Client", "Server"], talk: serve },
  { types: ["Scatter", "Gather"], talk: oneWay },
  { types: ["Radio", "Dish"], talk: broadcast },
  { types: ["Channel", "Channel"], talk: bothWays },
]

function opened(message: readonly unknown[]): unknown[] {
  return message.map((part) => {
    if (part instanceof Uint8Array) return Buffer.from(part).toString("latin1")
    const { group } = part as { group?: Uint8Array }
    return group === undefined ? part : { group: Buffer.from(group).toString("latin1") }
  })
}

function localSide(socket: Socket): Side {
  const any = socket as unknown as {
    send(...args: unknown[]): Promise<void>
    receive(): Promise<unknown[]>
    join(...groups: (string | Buffer)[]): void
    leave(...groups: (string | Buffer)[]): void
  }
  return {
    send: (message, ...beside) => any.send(message, ...beside),
    receive: async () => opened(await any.receive()),
    join: (...groups) => Promise.resolve(any.join(...groups)),
    leave: (...groups) => Promise.resolve(any.leave(...groups)),
    turn: () => new Promise((resolve) => setImmediate(resolve)),
  }
}

function remoteSide(socket: RemoteSocket): Side {
  return {
    send: (...args) => socket.call("send", ...args) as Promise<void>,
    receive: async () => opened((await socket.call("receive")) as unknown[]),
    join: (...groups) => socket.call("join", ...groups) as Promise<void>,
    leave: (...groups) => socket.call("leave", ...groups) as Promise<void>,
    turn: () => socket.get("lastEndpoint"),
  }
}

function make(type: DraftType, options: object = {}): Socket {
  const Class = drafts[type] as new (options: object) => Socket
  return closing(new Class(options))
}

describe("draft sockets between this library and libzmq", () => {
  const libzmq = libzmqPeers()
  afterEach(closeAll)

  for (const { types, talk } of CONVERSATIONS) {
    for (const ours of types[0] === types[1] ? [0] : [0, 1]) {
      for (const address of ["tcp://127.0.0.1:*", "ipc://*"]) {
        for (const binder of ["zmtp", "libzmq"]) {
          const sides = types.map((type, side) => `${type} (${side === ours ? "zmtp" : "libzmq"})`)
          it(`exchange messages over ${address.slice(0, 3)}, bound by ${binder}: ${sides.join(" to ")}`, async () => {
            const local = make(types[ours]!)
            const remote = await libzmq.socket(types[1 - ours]!)
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

  for (const address of ["tcp://127.0.0.1:*", "ipc://*"]) {
    for (const binder of ["zmtp", "libzmq"]) {
      // zeromq.js cannot send from a PEER, because it has no class for this type.
      it(`exchange messages over ${address.slice(0, 3)}, bound by ${binder}: Peer (zmtp) to Peer (libzmq)`, async () => {
        const local = closing(new drafts.Peer({ helloMessage: "hello" }))
        const remote = await libzmq.socket("Peer")
        if (binder === "zmtp") {
          await local.bind(address)
          await remote.connect(local.lastEndpoint!)
        } else {
          const routingId = local.connectPeer(await remote.bind(address))
          await local.send("by number", { routingId })
        }
        expect(await remote.receive()).to.deep.equal(["hello"])
        if (binder === "libzmq") expect(await remote.receive()).to.deep.equal(["by number"])
        await remote.close()
      })
    }
  }

  for (const ours of ["Radio", "Dish"] as const) {
    it(`support CURVE: Radio to Dish, this library as ${ours}`, async () => {
      const [server, client] = [curveKeyPair(), curveKeyPair()]
      const theirs = ours === "Radio" ? "Dish" : "Radio"
      const local = make(ours, { curveServer: true, curveSecretKey: server.secretKey })
      const remote = await libzmq.socket(theirs, {
        curveServerKey: server.publicKey,
        curvePublicKey: client.publicKey,
        curveSecretKey: client.secretKey,
      })
      await local.bind("tcp://127.0.0.1:*")
      await remote.connect(local.lastEndpoint!)
      const both: [Side, Side] = [localSide(local), remoteSide(remote)]
      if (ours === "Dish") both.reverse()
      await broadcast(...both)
      await remote.close()
    })
  }

  describe("over udp", () => {
    /** A free port, because libzmq does not report the port that it has bound. */
    async function freePort(): Promise<number> {
      const socket = createSocket("udp4")
      socket.bind(0, "127.0.0.1")
      await once(socket, "listening")
      const { port } = socket.address()
      socket.close()
      await once(socket, "close")
      return port
    }

    for (const ours of ["Radio", "Dish"] as const) {
      const sides = `Radio (${ours === "Radio" ? "zmtp" : "libzmq"}) to Dish (${ours === "Dish" ? "zmtp" : "libzmq"})`
      for (const [name, host] of [
        ["unicast", "127.0.0.1"],
        ["multicast", "127.0.0.1;239.255.77.7"],
      ] as const) {
        it(`exchange messages by ${name}: ${sides}`, async function () {
          if (name === "multicast" && !(await hasMulticast())) skip(this, "no multicast over loopback")
          const local = make(ours)
          const remote = await libzmq.socket(ours === "Radio" ? "Dish" : "Radio")
          const address = `udp://${host}:${await freePort()}`
          if (ours === "Radio") {
            await remote.call("bind", address)
            local.connect(address)
          } else {
            await local.bind(address)
            await remote.connect(address)
          }
          const both: [Side, Side] = [localSide(local), remoteSide(remote)]
          if (ours === "Dish") both.reverse()
          // A DISH of libzmq 4.3.5 aborts when it receives a datagram with a group of 128 bytes.
          await broadcastTo(...both, ["\xff\xfe".repeat(8), "g".repeat(127)])
          await remote.close()
        })
      }
    }

    it("exchange messages: Datagram (zmtp) to Datagram (libzmq), in both directions", async () => {
      const local = closing(new drafts.Datagram())
      await local.bind("udp://127.0.0.1:*")
      const remote = await libzmq.socket("Datagram")
      const port = await freePort()
      await remote.call("bind", `udp://127.0.0.1:${port}`)
      // libzmq binds in another thread, and datagrams that arrive earlier are lost.
      const entry = `:${port.toString(16).toUpperCase().padStart(4, "0")} `
      while (!readFileSync("/proc/net/udp", "utf8").includes(entry)) await new Promise(setImmediate)
      for (const body of BODIES) {
        await local.send([`127.0.0.1:${port}`, bytes(body)])
        const [address, received] = await remote.receive()
        expect(address!.replace("\0", "")).to.equal(local.lastEndpoint!.slice("udp://".length))
        expect(received).to.equal(body)
        await remote.send(address!, bytes(`${body}!`))
        expect(opened(await local.receive())).to.deep.equal([`127.0.0.1:${port}`, `${body}!`])
      }
      await remote.close()
    })
  })
})
