import { bytes, expectCode, expectEqual, frames, texts, type AnyCase, type Fixture } from "./fixture.js"

/** Receiving socket types by sending type. */
const PEERS = { Push: "Pull", Dealer: "Dealer", Pair: "Pair" } as const

/** Requirements for endpoints. */
export const endpointCases: readonly AnyCase[] = [
  ...(["bind", "connect"] as const).flatMap((first) =>
    ["the sender", "the receiver"].map((binder) => ({
      name: `connects peers if ${binder} binds and ${first} comes first`,
      async run({ open, fresh }: Fixture) {
        const endpoint = await fresh()
        const [push, pull] = [open("Push"), open("Pull")]
        const [bound, connected] = binder === "the sender" ? [push, pull] : [pull, push]
        if (first === "connect") connected.connect(endpoint)
        await bound.bind(endpoint)
        if (first === "bind") connected.connect(endpoint)
        await push.send("hello")
        expectEqual(await texts(pull, 1), ["hello"])
      },
    })),
  ),
  {
    name: "connects every connecting socket to every bound one",
    async run({ open, fresh }) {
      const endpoints = [await fresh(), await fresh()]
      const pulls = endpoints.map(() => open("Pull"))
      for (const [index, pull] of pulls.entries()) await pull.bind(endpoints[index]!)
      for (const sender of ["a", "b"]) {
        const push = open("Push")
        for (const each of endpoints) push.connect(each)
        for (const number of [1, 2]) await push.send(`${sender}${number}`)
      }
      const received = await Promise.all(pulls.map(async (pull) => (await texts(pull, 2)).sort()))
      expectEqual(received, [
        ["a1", "b1"],
        ["a2", "b2"],
      ])
    },
  },
  {
    name: "lets one socket bind and connect several endpoints",
    async run({ open, fresh }) {
      const [endpoint, other, far] = [await fresh(), await fresh(), await fresh()]
      const pull = open("Pull")
      await pull.bind(endpoint)
      await pull.bind(other)
      pull.connect(far)
      for (const [index, each] of [endpoint, other].entries()) {
        const push = open("Push")
        push.connect(each)
        await push.send(String(index))
      }
      const push = open("Push")
      await push.bind(far)
      await push.send("2")
      expectEqual((await texts(pull, 3)).sort(), ["0", "1", "2"])
    },
  },
  {
    name: "returns the endpoint that was bound or connected last",
    async run({ open, fresh }) {
      const [endpoint, other] = [await fresh(), await fresh()]
      const pair = open("Pair")
      expectEqual(pair.lastEndpoint, null)
      await pair.bind(endpoint)
      expectEqual(pair.lastEndpoint, endpoint)
      pair.connect(other)
      expectEqual(pair.lastEndpoint, other)
      await expectCode(pair.bind(endpoint), "EADDRINUSE")
      expectEqual(pair.lastEndpoint, other)
    },
  },
  {
    name: "delivers messages that were sent before the peer existed",
    async run({ open, fresh }) {
      const endpoint = await fresh()
      const push = open("Push")
      push.connect(endpoint)
      for (const number of "123") await push.send(number)
      const pull = open("Pull")
      await pull.bind(endpoint)
      expectEqual(await texts(pull, 3), ["1", "2", "3"])
    },
  },
  {
    name: "releases the address on unbind, and does not affect other endpoints",
    async run({ open, fresh }) {
      const [endpoint, kept] = [await fresh(), await fresh()]
      const [pull, successor] = [open("Pull"), open("Pull")]
      await pull.bind(kept)
      await pull.bind(endpoint)
      const old = open("Push")
      old.connect(kept)
      await old.send("before")
      expectEqual(await texts(pull, 1), ["before"])
      await pull.unbind(endpoint)
      await successor.bind(endpoint)
      const push = open("Push")
      push.connect(endpoint)
      await push.send("to the successor")
      expectEqual(await texts(successor, 1), ["to the successor"])
      await old.send("after")
      expectEqual(await texts(pull, 1), ["after"])
    },
  },
  {
    name: "binds, unbinds, and binds again on one socket",
    async run({ open, fresh }) {
      const endpoint = await fresh()
      const pull = open("Pull")
      for (let round = 0; round < 3; round++) {
        await pull.bind(endpoint)
        await pull.unbind(endpoint)
      }
      await pull.bind(endpoint)
      const push = open("Push")
      push.connect(endpoint)
      await push.send("hello")
      expectEqual(await texts(pull, 1), ["hello"])
    },
  },
  {
    name: "releases the address on close",
    async run({ open, fresh }) {
      const endpoint = await fresh()
      const [pull, successor] = [open("Pull"), open("Pull")]
      await pull.bind(endpoint)
      pull.close()
      await successor.bind(endpoint)
    },
  },
  {
    name: "sends nothing to a disconnected endpoint, and continues with the others",
    async run({ open, fresh }) {
      const [endpoint, other] = [await fresh(), await fresh()]
      const [push, left, kept] = [open("Push"), open("Pull"), open("Pull")]
      await left.bind(endpoint)
      await kept.bind(other)
      push.connect(endpoint)
      push.connect(other)
      for (const number of "12") await push.send(number)
      push.disconnect(endpoint)
      for (const number of "34") await push.send(number)
      expectEqual(await texts(left, 1), ["1"])
      expectEqual(await texts(kept, 3), ["2", "3", "4"])
      push.connect(endpoint)
      for (const number of "56") await push.send(number)
      expectEqual((await Promise.all([texts(left, 1), texts(kept, 1)])).flat().sort(), ["5", "6"])
    },
  },
  {
    name: "fails to unbind or disconnect an unknown endpoint: ENOENT",
    async run({ open, fresh }) {
      const endpoint = await fresh()
      const pull = open("Pull")
      await expectCode(pull.unbind(endpoint), "ENOENT")
      const disconnecting = (async () => {
        await Promise.resolve()
        pull.disconnect(endpoint)
      })()
      await expectCode(disconnecting, "ENOENT")
      await pull.bind(endpoint)
      await pull.unbind(endpoint)
      await expectCode(pull.unbind(endpoint), "ENOENT")
    },
  },
  {
    name: "fails to bind an address that this socket or another one uses: EADDRINUSE",
    async run({ open, fresh }) {
      const endpoint = await fresh()
      const [pull, other] = [open("Pull"), open("Pull")]
      await pull.bind(endpoint)
      for (const socket of [pull, other]) await expectCode(socket.bind(endpoint), "EADDRINUSE")
      const push = open("Push")
      push.connect(endpoint)
      await push.send("the first one has it")
      expectEqual(await texts(pull, 1), ["the first one has it"])
    },
  },
  ...(["Push", "Dealer", "Pair"] as const).flatMap((type) => [
    {
      name: `queues as many messages of a ${type} as its high-water mark before the endpoint is bound`,
      async run({ open, fresh }: Fixture) {
        const endpoint = await fresh()
        const socket = open(type, { sendHighWaterMark: 3, sendTimeout: 0 })
        socket.connect(endpoint)
        for (const number of "123") await socket.send(number)
        expectEqual(socket.writable, false)
        await expectCode(socket.send("4"), "EAGAIN")
        const peer = open(PEERS[type])
        await peer.bind(endpoint)
        expectEqual(await texts(peer, 3), ["1", "2", "3"])
      },
    },
    {
      name: `makes a ${type} wait at its high-water mark until there is room`,
      async run({ open, fresh }: Fixture) {
        const endpoint = await fresh()
        const socket = open(type, { sendHighWaterMark: 2 })
        socket.connect(endpoint)
        const sending = Array.from("1234").map((number) => socket.send(number).then(() => number))
        const peer = open(PEERS[type])
        await peer.bind(endpoint)
        expectEqual(await texts(peer, 4), ["1", "2", "3", "4"])
        expectEqual(await Promise.all(sending), ["1", "2", "3", "4"])
      },
    },
  ]),
  {
    name: "makes a REQ wait until it has a peer",
    async run({ open, fresh }) {
      const endpoint = await fresh()
      const request = open("Request", { sendTimeout: 0 })
      await expectCode(request.send("early"), "EAGAIN")
      request.sendTimeout = -1
      const waiting = request.send("hi")
      const router = open("Router")
      await router.bind(endpoint)
      request.connect(endpoint)
      await waiting
      expectEqual((await frames(router)).slice(1), ["", "hi"])
    },
  },
  {
    name: "drops messages of a ROUTER to a peer at its high-water mark",
    async run({ open, fresh }) {
      const endpoint = await fresh()
      const router = open("Router", { sendHighWaterMark: 2 })
      router.connect(endpoint, { routingId: "peer" })
      for (const number of "12345") await router.send(["peer", number])
      const dealer = open("Dealer")
      await dealer.bind(endpoint)
      expectEqual(await texts(dealer, 2), ["1", "2"])
      await router.send(["peer", "end"])
      expectEqual(await texts(dealer, 1), ["end"])
    },
  },
  {
    name: "delivers messages sent before close to a peer that connects later",
    async run({ open, fresh }) {
      const endpoint = await fresh()
      const push = open("Push")
      push.connect(endpoint)
      for (const number of "123") await push.send(number)
      push.close()
      const pull = open("Pull")
      await pull.bind(endpoint)
      expectEqual(await texts(pull, 3), ["1", "2", "3"])
    },
  },
  {
    name: "drops queued messages on close with linger 0",
    async run({ open, fresh }) {
      const endpoint = await fresh()
      const hasty = open("Push", { linger: 0 })
      hasty.connect(endpoint)
      await hasty.send("dropped")
      hasty.close()
      const pull = open("Pull")
      await pull.bind(endpoint)
      const push = open("Push")
      push.connect(endpoint)
      await push.send("kept")
      expectEqual(await texts(pull, 1), ["kept"])
    },
  },
]

/** Additional requirements if peers have connections. */
export const connectionCases: readonly AnyCase[] = [
  {
    name: "reconnects after the bound socket was closed and another one was bound",
    async run({ open, fresh }) {
      const endpoint = await fresh()
      const client = open("Dealer", { reconnectInterval: 1 })
      client.connect(endpoint)
      for (const round of ["1", "2", "3"]) {
        const server = open("Dealer")
        await server.bind(endpoint)
        await server.send(round)
        expectEqual(await texts(client, 1), [round])
        await client.send(`back ${round}`)
        expectEqual(await texts(server, 1), [`back ${round}`])
        server.close()
      }
    },
  },
  {
    name: "resubscribes after reconnecting",
    async run({ open, fresh }) {
      const endpoint = await fresh()
      const subscriber = open("Subscriber", { reconnectInterval: 1 })
      subscriber.subscribe("A")
      subscriber.connect(endpoint)
      for (const round of ["A1", "A2"]) {
        const publisher = open("XPublisher")
        await publisher.bind(endpoint)
        expectEqual(await texts(publisher, 1), ["\x01A"])
        await publisher.send(round)
        expectEqual(await texts(subscriber, 1), [round])
        publisher.close()
      }
    },
  },
  {
    name: "closes the connections of an endpoint on unbind",
    async run({ open, fresh }) {
      const endpoint = await fresh()
      const client = open("Dealer", { reconnectInterval: 1 })
      const [server, successor] = [open("Dealer"), open("Dealer")]
      client.connect(endpoint)
      await server.bind(endpoint)
      await server.send("1")
      expectEqual(await texts(client, 1), ["1"])
      await server.unbind(endpoint)
      await successor.bind(endpoint)
      await successor.send("2")
      expectEqual(await texts(client, 1), ["2"])
    },
  },
  {
    name: "drops messages for a full subscriber instead of waiting",
    async run({ open, fresh }) {
      const endpoint = await fresh()
      const publisher = open("XPublisher", { sendHighWaterMark: 1 })
      const subscriber = open("Subscriber", { receiveHighWaterMark: 1 })
      await publisher.bind(endpoint)
      subscriber.subscribe("")
      subscriber.connect(endpoint)
      await publisher.receive()
      // More than the buffers of the system hold.
      const [body, sent] = [bytes(1_048_576), 64]
      for (let count = 0; count < sent; count++) await publisher.send(body)
      let received = 0
      while ((await subscriber.receive())[0]!.length > 3) {
        received++
        await publisher.send("end")
      }
      expectEqual(received >= 1 && received < sent, true)
    },
  },
]
