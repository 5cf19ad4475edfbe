import { expect } from "chai"
import { Channel, Client, Datagram, Dish, Gather, Peer, Radio, Scatter, Server } from "../../src/draft.js"
import { capability, Socket } from "../../src/index.js"
import { closing } from "../support/closing.js"
import { freeInproc, freeTcp, SocketFolder } from "../support/endpoints.js"
import { codeOf } from "../support/messages.js"
import { RawListener, RawPeer } from "../support/raw-peer.js"
import { callUntilHeard, caught, texts, thrown } from "../support/receiving.js"
import { COMMAND } from "../support/vectors.js"

const folder = new SocketFolder()

const TRANSPORTS = [
  { name: "tcp", fresh: freeTcp },
  { name: "ipc", fresh: () => `ipc://${folder.next()}` },
  { name: "inproc", fresh: freeInproc },
]

/** In the order of their type numbers, from 12. */
const CLASSES = [Server, Client, Radio, Dish, Gather, Scatter, Datagram, Peer, Channel]

describe("draft sockets", () => {
  const use = closing()

  after(() => folder.close())

  it("are reported by `capability`", () => {
    expect(capability["draft"]).to.equal(true)
  })

  it("have libzmq's numbers, are thread-safe except DGRAM, and linger except DISH", () => {
    const sockets = CLASSES.map((Class) => use(new Class() as Socket))
    expect(sockets.map(({ type }) => type)).to.deep.equal([12, 13, 14, 15, 16, 17, 18, 19, 20])
    expect(sockets.filter(({ threadSafe }) => !threadSafe).map(({ type }) => type)).to.deep.equal([18])
    expect(sockets.filter(({ linger }) => linger === 0).map(({ type }) => type)).to.deep.equal([15])
  })

  it("have the options for their operations, and no others", () => {
    const has = (Class: (typeof CLASSES)[number], name: string): boolean =>
      Reflect.has(use(new Class() as Socket), name)
    const those = (name: string): number[] => CLASSES.flatMap((Class, index) => (has(Class, name) ? [12 + index] : []))
    for (const name of ["sendHighWaterMark", "sendTimeout", "sendBufferSize", "multicastHops"]) {
      expect(those(name), name).to.deep.equal([12, 13, 14, 17, 18, 19, 20])
    }
    for (const name of ["receiveHighWaterMark", "receiveTimeout", "receiveBufferSize"]) {
      expect(those(name), name).to.deep.equal([12, 13, 15, 16, 18, 19, 20])
    }
    expect(those("conflate")).to.deep.equal([16, 17])
    expect(those("noDrop")).to.deep.equal([14])
    expect(those("multicastLoop")).to.deep.equal([14, 18])
    expect(those("helloMessage")).to.deep.equal([12, 13, 19])
    expect(those("disconnectMessage")).to.deep.equal([12, 19])
    expect(those("hiccupMessage")).to.deep.equal([13, 19])
    expect(those("routingId")).to.deep.equal([])
    expect(thrown(() => new Dish({ sendTimeout: 1 } as object))).to.be.instanceOf(TypeError)
  })

  it("have the right type for readers and writers", () => {
    const state = (socket: Socket): boolean[] => [use(socket).readable, socket.writable]
    expect(state(new Server())).to.deep.equal([false, true])
    expect(state(new Radio())).to.deep.equal([false, true])
    for (const Class of [Client, Dish, Gather, Scatter, Datagram, Channel]) {
      expect(state(new Class() as Socket), Class.name).to.deep.equal([false, false])
    }
  })

  it("are created from their numbers by subclasses, too", async () => {
    const Any = Socket as unknown as new (type: number) => Server
    const [server, client] = [use(new Any(12)), use(new Client())]
    await server.bind("inproc://number")
    client.connect("inproc://number")
    await client.send("hello")
    const [frame, { routingId }] = await server.receive()
    expect([frame.toString(), routingId > 0]).to.deep.equal(["hello", true])
  })

  for (const { name, fresh } of TRANSPORTS) {
    describe(`over ${name}`, () => {
      let endpoint: string

      beforeEach(async () => {
        endpoint = await fresh()
      })

      for (const binder of ["first", "second"] as const) {
        /** Connects the two sockets. `binder` determines which of them binds. */
        const meet = async (one: Socket, other: Socket): Promise<void> => {
          const [bound, connected] = binder === "first" ? [one, other] : [other, one]
          await bound.bind(endpoint)
          connected.connect(endpoint)
        }

        it(`send replies to clients by number, the ${binder === "first" ? "server" : "clients"} bound`, async () => {
          const server = use(new Server())
          const clients = [use(new Client()), use(new Client())]
          if (binder === "first") {
            await server.bind(endpoint)
            for (const client of clients) client.connect(endpoint)
          } else {
            for (const client of clients) {
              const each = await fresh()
              await client.bind(each)
              server.connect(each)
            }
          }
          for (const [index, client] of clients.entries()) {
            for (let count = 0; count < 4; count++) await client.send(`${index}.${count}`)
          }
          for (let count = 0; count < 8; count++) {
            const [request, { routingId }] = await server.receive()
            await server.send(`re ${request.toString()}`, { routingId })
          }
          const answers = await Promise.all(clients.map((client) => texts(client, 4)))
          expect(answers).to.deep.equal([0, 1].map((index) => [0, 1, 2, 3].map((count) => `re ${index}.${count}`)))
        })

        it(`scatter and gather, the ${binder} bound`, async () => {
          const [scatter, gather] = [use(new Scatter()), use(new Gather())]
          await meet(scatter, gather)
          for (const body of ["a", "", "c"]) await scatter.send(body)
          expect(await texts(gather, 3)).to.deep.equal(["a", "", "c"])
        })

        it(`send messages to groups, the ${binder} bound`, async () => {
          const [radio, dish] = [use(new Radio()), use(new Dish())]
          dish.join("a", "b")
          await meet(radio, dish)
          expect(await callUntilHeard(radio, dish, "a")).to.equal("called of a")
          await radio.send("lost", { group: "ab" })
          await radio.send("x", { group: Buffer.from("b") })
          let [body, beside] = await dish.receive()
          while (body.toString() === "called") [body, beside] = await dish.receive()
          expect([body.toString(), beside]).to.deep.equal(["x", { group: Buffer.from("b") }])
        })

        it(`exchange messages on channels, the ${binder} bound`, async () => {
          const [one, other] = [use(new Channel()), use(new Channel())]
          await meet(one, other)
          await one.send("there")
          expect(await texts(other, 1)).to.deep.equal(["there"])
          await other.send("back")
          expect(await texts(one, 1)).to.deep.equal(["back"])
        })
      }

      it("let either peer send first, and disconnect a peer by its number", async () => {
        const [one, other] = [use(new Peer()), use(new Peer())]
        await one.bind(endpoint)
        const routingId = other.connectPeer(endpoint)
        await other.send("hi", { routingId })
        const [greeting, back] = await one.receive()
        expect(greeting.toString()).to.equal("hi")
        await one.send("ho", back)
        const [answer, from] = await other.receive()
        expect([answer.toString(), from]).to.deep.equal(["ho", { routingId }])
        other.disconnectPeer(routingId)
        expect(await caught(other.send("x", { routingId }))).to.have.property("code", "EHOSTUNREACH")
        expect(codeOf(() => other.disconnectPeer(routingId))).to.equal("EHOSTUNREACH")
      })
    })
  }

  describe("messages", () => {
    it("have one frame: several are rejected with EINVAL, and an empty array sends nothing", async () => {
      const [client, scatter, channel] = [use(new Client()), use(new Scatter()), use(new Channel())]
      for (const socket of [client, scatter, channel] as unknown as { send(message: string[]): Promise<void> }[]) {
        expect(await caught(socket.send(["a", "b"]))).to.have.property("code", "EINVAL")
        await socket.send([])
      }
      const [server, radio] = [use(new Server()), use(new Radio())]
      const two = ["a", "b"] as unknown as string
      expect(await caught(server.send(two, { routingId: 1 }))).to.have.property("code", "EINVAL")
      expect(await caught(radio.send(two, { group: "g" }))).to.have.property("code", "EINVAL")
      await server.send([] as unknown as string, { routingId: 1 })
      await radio.send([] as unknown as string, { group: "g" })
    })

    it("are rejected with the reason as the cause of the error", async () => {
      const [server, radio, dish, client] = [use(new Server()), use(new Radio()), use(new Dish()), use(new Client())]
      const two = ["a", "b"] as unknown as string
      dish.join("a")
      for (const [error, reason] of [
        [await caught(client.send(two)), "Invalid message: 2 frames, expected 1"],
        [await caught(server.send(two, { routingId: 1 })), "Invalid message: 2 frames, expected 1"],
        [await caught(radio.send(two, { group: "g" })), "Invalid message: 2 frames, expected 1"],
        [thrown(() => server.send("x", {} as { routingId: number })), "Missing option: routingId"],
        [thrown(() => server.send("x", { routingId: 0 })), "Invalid routingId 0: expected the number of a peer"],
        [thrown(() => radio.send("x", {} as { group: string })), "Missing option: group"],
        [thrown(() => radio.send("x", { group: "g".repeat(256) })), "Invalid group: 256 bytes, expected at most 255"],
        [thrown(() => dish.join("g".repeat(256))), "Invalid group: 256 bytes, expected at most 255"],
        [thrown(() => dish.join("a")), 'Group "a" is already joined'],
        [thrown(() => dish.leave("b")), 'Group "b" is not joined'],
      ] as const) {
        expect(error).to.include({ code: "EINVAL", message: "Invalid argument" })
        expect((error as Error).cause)
          .to.be.instanceOf(Error)
          .with.property("message", reason)
      }
    })

    it("require their options, with the errors of zeromq.js", () => {
      const sends = [use(new Server()), use(new Radio())] as unknown as { send(...args: unknown[]): unknown }[]
      for (const socket of sends) {
        expect(thrown(() => socket.send())).to.deep.include({ message: "Message must be present" })
        for (const options of [[], [null], [1]]) {
          expect(thrown(() => socket.send("x", ...options)))
            .to.be.instanceOf(TypeError)
            .with.property("message", "Options must be an object")
        }
        expect(thrown(() => socket.send("x", {}))).to.have.property("code", "EINVAL")
      }
    })

    it("require the number of a peer: 0 and unknown numbers are invalid", async () => {
      const server = use(new Server())
      expect(thrown(() => server.send("x", { routingId: "5" as unknown as number })))
        .to.be.instanceOf(TypeError)
        .with.property("message", "A number was expected")
      expect(thrown(() => server.send("x", { routingId: 0 }))).to.have.property("code", "EINVAL")
      for (const routingId of [1, -1, 1.5]) {
        expect(await caught(server.send("x", { routingId }))).to.have.property("code", "EHOSTUNREACH")
      }
    })

    it("accept a group of text or bytes, truncated at the first zero byte, of at most 255 bytes", async () => {
      const [radio, dish] = [use(new Radio()), use(new Dish())]
      for (const group of [5, null]) {
        const error = thrown(() => radio.send("x", { group: group as unknown as string }))
        expect(error).to.be.instanceOf(TypeError).with.property("message", "Value must be a string or buffer")
        expect(thrown(() => dish.join(group as unknown as string))).to.be.instanceOf(TypeError)
      }
      expect(thrown(() => radio.send("x", { group: "g".repeat(256) }))).to.have.property("code", "EINVAL")
      expect(thrown(() => dish.join("g".repeat(256)))).to.have.property("code", "EINVAL")
      dish.join("ba\0fo")
      expect(thrown(() => dish.join("ba"))).to.have.property("code", "EINVAL")
      dish.leave(Buffer.from("ba\0"))
      await dish.bind("inproc://groups")
    })

    it("join and leave all valid groups, and then report the invalid ones", () => {
      const dish = use(new Dish())
      dish.join("a", "b")
      expect(thrown(() => dish.join("c", "a", "d"))).to.have.property("code", "EINVAL")
      dish.leave("c", "d")
      expect(thrown(() => dish.leave("c", "a", "b"))).to.have.property("code", "EINVAL")
      dish.join("a", "b")
      dish.join()
      dish.leave()
    })

    it("are the same for every way to receive them", async () => {
      const [server, client] = [use(new Server()), use(new Client())]
      await server.bind("inproc://ways")
      client.connect("inproc://ways")
      for (let count = 0; count < 7; count++) await client.send(String(count))
      const [first, beside] = await server.receive()
      const received = [[first, beside], server.tryReceive()!, ...(await server.receiveMany(2))]
      for await (const message of server) {
        received.push(message)
        break
      }
      for await (const batch of server.batches(1)) {
        received.push(...batch)
        break
      }
      const reader = server.readableStream().getReader()
      received.push((await reader.read()).value!)
      await reader.cancel()
      expect(received.map(([frame]) => (frame as Buffer).toString())).to.deep.equal(["0", "1", "2", "3", "4", "5", "6"])
      expect(received.every((message) => message.length === 2)).to.equal(true)
      for (const [, each] of received) expect(each).to.deep.equal(beside)
      expect(server.tryReceive()).to.equal(undefined)
    })

    it("are the same for every way to send them", async () => {
      const [server, client] = [use(new Server()), use(new Client())]
      await server.bind("inproc://ways")
      client.connect("inproc://ways")
      await client.send("hello")
      const [, beside] = await server.receive()
      await server.send("0", { ...beside, timeout: 0 })
      expect(server.trySend("1", beside)).to.equal(true)
      await server.sendMany(["2", "3"], beside)
      const writer = server.writableStream().getWriter()
      await writer.write(["4", beside])
      await writer.close()
      expect(await texts(client, 5)).to.deep.equal(["0", "1", "2", "3", "4"])
    })

    it("wait and time out like those of other sockets", async () => {
      const server = use(new Server({ receiveTimeout: 1, sendHighWaterMark: 1 }))
      expect(await caught(server.receive())).to.have.property("code", "EAGAIN")
      const client = use(new Client({ receiveHighWaterMark: 1 }))
      await server.bind("inproc://full")
      client.connect("inproc://full")
      await client.send("hello")
      const [, beside] = await server.receive()
      while (server.trySend("x", beside));
      expect(await caught(server.send("x", { ...beside, timeout: 1 }))).to.have.property("code", "EAGAIN")
      const late = server.send("late", beside)
      await texts(client, 2)
      await late
      expect(await texts(client, 1)).to.deep.equal(["late"])
    })

    it("keep only the newest one with `conflate`, on either side", async () => {
      for (const options of [[{ conflate: true }, {}] as const, [{}, { conflate: true }] as const]) {
        const endpoint = freeInproc()
        const [scatter, gather] = [use(new Scatter(options[0])), use(new Gather(options[1]))]
        await gather.bind(endpoint)
        scatter.connect(endpoint)
        for (const body of ["1", "2", "3"]) await scatter.send(body)
        expect(await texts(gather, 1)).to.deep.equal(["3"])
        expect(gather.tryReceive()).to.equal(undefined)
      }
    })
  })

  describe("peers", () => {
    it("have no number before they are connected, with `immediate`: EFAULT", () => {
      const peer = use(new Peer({ immediate: true }))
      expect(codeOf(() => peer.connectPeer("tcp://127.0.0.1:1"))).to.equal("EFAULT")
      expect(codeOf(() => peer.connectPeer("nothing"))).to.equal("EFAULT")
    })

    it("are announced by `helloMessage` and `disconnectMessage`", async () => {
      const server = use(new Server({ disconnectMessage: "gone" }))
      await server.bind("tcp://127.0.0.1:*")
      const client = new Client({ helloMessage: "here" })
      client.connect(server.lastEndpoint!)
      const [hello, beside] = await server.receive()
      client.close()
      const [gone, same] = await server.receive()
      expect([hello.toString(), gone.toString(), same]).to.deep.equal(["here", "gone", beside])
    })
  })

  describe("RADIO and DISH on the wire (RFC 48)", () => {
    it("sends groups that a libzmq DISH has joined, as libzmq does", async () => {
      const radio = use(new Radio())
      await radio.bind("tcp://127.0.0.1:*")
      const peer = use(await RawPeer.handshake(radio.lastEndpoint!, "DISH"))
      peer.write(COMMAND.joinNews)
      await peer.ping()
      await radio.send("no", { group: "new" })
      await radio.send("hi", { group: "news" })
      expect([await peer.readFrame(), await peer.readFrame()]).to.deep.equal([
        Buffer.from("\x01\x04news"),
        Buffer.from("\x00\x02hi"),
      ])
      peer.write(COMMAND.leaveNews)
      await peer.ping()
      await radio.send("late", { group: "news" })
      expect(await peer.ping()).to.equal(COMMAND.pong.toString("hex"))
    })

    it("joins groups on each connection, and again on the next", async () => {
      const listener = use(await new RawListener().listen())
      const dish = use(new Dish({ reconnectInterval: 1 }))
      dish.join("news")
      dish.connect(listener.endpoint)
      for (let connection = 0; connection < 2; connection++) {
        const peer = await listener.accept()
        await peer.shake("RADIO")
        expect(await peer.readFrame()).to.deep.equal(COMMAND.joinNews)
        peer.close()
      }
    })

    it("disconnects a RADIO that sends messages without a group", async () => {
      const dish = use(new Dish())
      await dish.bind("tcp://127.0.0.1:*")
      const peer = use(await RawPeer.handshake(dish.lastEndpoint!, "RADIO"))
      peer.write("00026869")
      await peer.closed()
    })
  })
})
