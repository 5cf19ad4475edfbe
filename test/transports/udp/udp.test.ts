import { expect } from "chai"
import { createSocket } from "node:dgram"
import { once } from "node:events"
import { Channel, Client, Datagram, Dish, Radio, Server } from "../../../src/draft.js"
import type { Socket } from "../../../src/index.js"
import { Context, Push } from "../../../src/index.js"
import { closing } from "../../support/closing.js"
import { codeOf } from "../../support/messages.js"
import { hasMulticast, OUTWARD } from "../../support/multicast.js"
import { callUntilHeard, caught, texts, thrown } from "../../support/receiving.js"
import { RUNTIME } from "../../support/runtime.js"
import { skip } from "../../support/skip.js"

describe("udp (RFC 48)", () => {
  const use = closing()

  it("sends every group, and receives those joined", async () => {
    const [radio, dish] = [use(new Radio()), use(new Dish())]
    await dish.bind("udp://127.0.0.1:*")
    expect(dish.lastEndpoint).to.match(/^udp:\/\/127\.0\.0\.1:\d+$/)
    dish.join("TV", "")
    radio.connect(dish.lastEndpoint!)
    for (const group of ["radio", "TV", "TV2", ""]) await radio.send(`on ${group}`, { group })
    const received = [await dish.receive(), await dish.receive()].map(([body, { group }]) => [
      body.toString(),
      group.toString(),
    ])
    expect(received).to.deep.equal([
      ["on TV", "TV"],
      ["on ", ""],
    ])
    dish.leave("TV")
    dish.join("radio")
    for (const group of ["TV", "radio"]) await radio.send(`on ${group}`, { group })
    expect(String((await dish.receive())[0])).to.equal("on radio")
  })

  it("sends and receives datagrams as libzmq does", async () => {
    const socket = createSocket("udp4")
    use({ close: () => socket.close() })
    socket.bind(0, "127.0.0.1")
    await once(socket, "listening")
    const radio = use(new Radio())
    radio.connect(`udp://127.0.0.1:${socket.address().port}`)
    const sent = once(socket, "message")
    await radio.send("Friends", { group: "TV" })
    expect((await sent)[0]).to.deep.equal(Buffer.from("025456467269656e6473", "hex"))

    const dish = use(new Dish())
    dish.join("TV")
    await dish.bind("udp://127.0.0.1:*")
    const { port } = new URL(dish.lastEndpoint!.replace("udp:", "http:"))
    for (const datagram of ["", "ff5456", "0554", "025456467269656e6473"]) {
      socket.send(Buffer.from(datagram, "hex"), Number(port), "127.0.0.1")
    }
    expect((await dish.receive())[0].toString()).to.equal("Friends")
  })

  it("drops messages of a RADIO that do not fit in a datagram", async () => {
    const [radio, dish] = [use(new Radio()), use(new Dish())]
    await dish.bind("udp://127.0.0.1:*")
    dish.join("g")
    radio.connect(dish.lastEndpoint!)
    for (const size of [8191, 8190, 1]) await radio.send(Buffer.alloc(size), { group: "g" })
    expect((await dish.receive())[0]).to.have.length(8190)
    expect((await dish.receive())[0]).to.have.length(1)
  })

  it("reaches members over both udp and tcp", async () => {
    const radio = use(new Radio())
    const [near, far] = [use(new Dish()), use(new Dish())]
    for (const dish of [near, far]) dish.join("g")
    await near.bind("tcp://127.0.0.1:*")
    await far.bind("udp://127.0.0.1:*")
    radio.connect(near.lastEndpoint!)
    radio.connect(far.lastEndpoint!)
    await callUntilHeard(radio, near, "g")
    expect((await far.receive())[0].toString()).to.equal("called")
  })

  it("looks up names, and delivers messages that were sent in the meantime, even after close", async () => {
    const dish = use(new Dish())
    dish.join("g")
    await dish.bind("udp://127.0.0.1:*")
    const radio = new Radio()
    radio.connect(dish.lastEndpoint!.replace("127.0.0.1", "localhost"))
    await radio.send("bye", { group: "g" })
    radio.close()
    expect((await dish.receive())[0].toString()).to.equal("bye")
  })

  it("sends nothing after disconnecting", async () => {
    const [radio, dish] = [use(new Radio()), use(new Dish())]
    dish.join("g")
    await dish.bind("udp://127.0.0.1:*")
    radio.connect(dish.lastEndpoint!)
    await radio.send("1", { group: "g" })
    radio.disconnect(dish.lastEndpoint!)
    await radio.send("2", { group: "g" })
    radio.connect(dish.lastEndpoint!)
    await radio.send("3", { group: "g" })
    expect(await texts(bodies(dish), 2)).to.deep.equal(["1", "3"])
    expect(codeOf(() => radio.disconnect("udp://127.0.0.1:1"))).to.equal("ENOENT")
  })

  it("binds, unbinds, and binds again, also synchronously with bindSync", async function () {
    if (RUNTIME === "Bun") skip(this, "a UDP socket of Bun is bound in a later turn")
    if (RUNTIME === "Deno") skip(this, "a UDP socket of Deno frees its port some turns after it is closed")
    const [one, other] = [use(new Dish()), use(new Dish())]
    await one.bind("udp://127.0.0.1:*")
    const endpoint = one.lastEndpoint!
    expect(await caught(other.bind(endpoint))).to.include({ code: "EADDRINUSE", address: endpoint })
    expect(codeOf(() => other.bindSync(endpoint))).to.equal("EADDRINUSE")
    await one.unbind(endpoint)
    other.bindSync(endpoint)
    expect(await caught(one.unbind(endpoint))).to.have.property("code", "ENOENT")
    other.close()
    await one.bind(endpoint)
  })

  it("allows only RADIO to connect and only DISH to bind: ENOCOMPATPROTO", async () => {
    const address = "udp://127.0.0.1:5555"
    for (const Class of [Radio, Push, Server, Channel]) {
      expect(await caught(use(new Class()).bind(address)), Class.name).to.include({ code: "ENOCOMPATPROTO", address })
    }
    for (const Class of [Dish, Datagram, Push, Client]) {
      expect(
        thrown(() => use(new Class() as Socket).connect(address)),
        Class.name,
      ).to.include({
        code: "ENOCOMPATPROTO",
        address,
      })
    }
    expect(await caught(use(new Push()).unbind(address))).to.have.property("code", "ENOCOMPATPROTO")
    expect(await caught(use(new Datagram()).bind("tcp://127.0.0.1:*"))).to.have.property("code", "ENOCOMPATPROTO")
  })

  it("rejects invalid addresses: EINVAL, and addresses of other hosts: EADDRNOTAVAIL", async () => {
    const [radio, dish] = [use(new Radio()), use(new Dish())]
    for (const address of ["udp://127.0.0.1", "udp://lo;127.0.0.1:5555"]) {
      expect(await caught(dish.bind(address)), address).to.include({ code: "EINVAL", address })
      expect(
        thrown(() => radio.connect(address)),
        address,
      ).to.include({ code: "EINVAL", address })
    }
    expect(codeOf(() => radio.connect("udp://*:5555"))).to.equal("EINVAL")
    expect(await caught(dish.bind("udp://192.0.2.1:*"))).to.have.property("code", "EADDRNOTAVAIL")
    expect(await caught(dish.bind("udp://no-interface;239.0.0.1:*"))).to.have.property("code", "ENODEV")
    expect(codeOf(() => radio.connect("udp://[::1]:5555"))).to.equal("EAFNOSUPPORT")
    const context = new Context({ ioThreads: 0 })
    expect(codeOf(() => use(new Radio({ context })).connect("udp://127.0.0.1:5"))).to.equal("EMTHREAD")
  })

  it("exchanges datagrams with any address, also over IPv6 if available", async function () {
    for (const host of ["127.0.0.1", "[::1]"]) {
      const [one, other] = [use(new Datagram({ ipv6: true })), use(new Datagram({ ipv6: true }))]
      try {
        for (const socket of [one, other]) await socket.bind(`udp://${host}:*`)
      } catch (error) {
        if (host === "[::1]") return
        throw error
      }
      const [from, to] = [one, other].map((socket) => socket.lastEndpoint!.slice("udp://".length))
      await one.send([to!, "there"])
      const [address, body] = await other.receive()
      expect([address.toString(), body.toString()]).to.deep.equal([from, "there"])
      await other.send([address, "back"])
      expect((await one.receive()).map(String)).to.deep.equal([to, "back"])
    }
  })

  it("sends datagrams to names, and receives those of other programs", async () => {
    const datagram = use(new Datagram())
    await datagram.bind("udp://127.0.0.1:*")
    const port = Number(datagram.lastEndpoint!.split(":")[2])
    await datagram.send([`localhost:${port}`, "to myself"])
    expect((await datagram.receive()).map(String)).to.deep.equal([`127.0.0.1:${port}`, "to myself"])
    const socket = createSocket("udp4")
    use({ close: () => socket.close() })
    socket.send("hello", port, "127.0.0.1")
    const [address] = await datagram.receive()
    const answer = once(socket, "message")
    await datagram.send([address, "back"])
    expect(String((await answer)[0])).to.equal("back")
  })

  it("copies a small datagram before send returns, even if its name has to be looked up", async () => {
    const datagram = use(new Datagram())
    await datagram.bind("udp://127.0.0.1:*")
    const port = Number(datagram.lastEndpoint!.split(":")[2])
    for (const size of [5, 128]) {
      const bytes = Buffer.alloc(size, "a")
      const sent = datagram.send([`localhost:${port}`, bytes])
      bytes.fill("b")
      await sent
      bytes.fill("c")
      expect(String((await datagram.receive())[1])).to.equal("a".repeat(size))
    }
  })

  it("allows one endpoint for datagrams: EINVAL", async () => {
    const datagram = use(new Datagram())
    await datagram.bind("udp://127.0.0.1:*")
    expect(await caught(datagram.bind("udp://127.0.0.1:*"))).to.have.property("code", "EINVAL")
    await datagram.unbind(datagram.lastEndpoint!)
    await datagram.bind("udp://127.0.0.1:*")
  })

  describe("multicast", () => {
    before(async function () {
      if (!(await hasMulticast())) skip(this, "no multicast over loopback")
    })

    it("reaches every DISH that has bound the group", async () => {
      const [one, other, radio] = [use(new Dish()), use(new Dish()), use(new Radio({ multicastHops: 2 }))]
      for (const dish of [one, other]) dish.join("g")
      await one.bind("udp://127.0.0.1;239.255.77.2:*")
      expect(one.lastEndpoint).to.match(/^udp:\/\/127\.0\.0\.1;239\.255\.77\.2:\d+$/)
      await other.bind(one.lastEndpoint!)
      radio.connect(one.lastEndpoint!)
      await radio.send("to all", { group: "g" })
      for (const dish of [one, other]) expect((await dish.receive())[0].toString()).to.equal("to all")
    })

    it("does not loop back to this machine without `multicastLoop`", async function () {
      // Datagrams to the loopback interface always come back.
      if (OUTWARD === undefined || !(await hasMulticast(OUTWARD))) skip(this, "no multicast on another interface")
      const dish = use(new Dish())
      dish.join("g")
      await dish.bind(`udp://${OUTWARD};239.255.77.3:*`)
      const [silent, loud] = [use(new Radio({ multicastLoop: false })), use(new Radio())]
      for (const radio of [silent, loud]) radio.connect(dish.lastEndpoint!)
      await silent.send("silent", { group: "g" })
      await loud.send("loud", { group: "g" })
      expect((await dish.receive())[0].toString()).to.equal("loud")
    })
  })
})

/** Receives only the bodies, as messages. */
function bodies(dish: Dish): { receive(): Promise<Buffer[]> } {
  return { receive: async () => [(await dish.receive())[0]] }
}
