import { expect } from "chai"
import { createSocket, type RemoteInfo, type Socket } from "node:dgram"
import { once } from "node:events"
import { ADDRESSED, DatagramCarrier, GROUPED, type Format } from "../../../src/transports/udp/datagram-carrier.js"
import type { TransportHost } from "../../../src/transports/transport.js"
import { closing } from "../../support/closing.js"
import { message, text } from "../../support/messages.js"
import { Recorder } from "../../support/recorder.js"
import { RUNTIME } from "../../support/runtime.js"

const FROM: RemoteInfo = { address: "192.0.2.1", port: 7, family: "IPv4", size: 1 }

describe("DatagramCarrier", () => {
  const use = closing()

  async function bound(): Promise<Socket> {
    const socket = createSocket("udp4")
    use({
      close: () => {
        try {
          socket.close()
        } catch {
          // The carrier has already closed it.
        }
      },
    })
    socket.bind(0, "127.0.0.1")
    await once(socket, "listening")
    return socket
  }

  /** A carrier and its UDP socket, which sends messages to `port`. */
  function create(port: number, mark = 1000) {
    const host = Object.assign(new Recorder(), {
      pipeOptions: () => ({ sendMark: mark, receiveMark: mark }),
      attach: () => undefined,
    })
    let ended = 0
    const format: Format = {
      encode: ([frame]) => (frame!.length === 0 ? undefined : [Buffer.from(frame!), { host: "127.0.0.1", port }]),
      decode: (datagram) => (datagram.length === 0 ? undefined : [datagram]),
    }
    const carrier = new DatagramCarrier(format, host as unknown as TransportHost, () => ended++)
    return { carrier, host, ended: () => ended }
  }

  /** The next `count` datagrams of `socket`, as text. */
  async function datagrams(socket: Socket, count: number): Promise<string[]> {
    const received: string[] = []
    socket.on("message", (datagram) => received.push(datagram.toString()))
    while (received.length < count) await once(socket, "message")
    return received
  }

  it("queues messages until its UDP socket is open, and sends them in order", async () => {
    const peer = await bound()
    const { carrier } = create(peer.address().port)
    for (const body of ["a", "", "b"]) carrier.near.send(message(body))
    expect(carrier.sending).to.equal(false)
    const arriving = datagrams(peer, 3)
    carrier.open(await bound())
    // In Deno, datagrams are sent one by one.
    expect(carrier.sending).to.equal(RUNTIME !== "Deno")
    carrier.near.send(message("c"))
    expect(await arriving).to.deep.equal(["a", "b", "c"])
    carrier.abandon()
  })

  it("delivers datagrams, and drops those that are not messages", async () => {
    const socket = await bound()
    const { carrier, host } = create(1)
    carrier.open(socket)
    expect(carrier.near.receive()).to.equal(undefined)
    const peer = await bound()
    for (const body of ["", "one", "two"]) {
      const arrived = once(socket, "message")
      peer.send(body, socket.address().port, "127.0.0.1")
      await arrived
    }
    expect(host.take()).to.include("readActivated")
    expect([text(carrier.near.receive()), text(carrier.near.receive())]).to.deep.equal([["one"], ["two"]])
    carrier.abandon()
  })

  it("drops datagrams for which the socket has no room", async () => {
    const socket = await bound()
    const { carrier } = create(1, 2)
    carrier.open(socket)
    const peer = await bound()
    for (const body of ["1", "2", "3", "4", "5"]) {
      const arrived = once(socket, "message")
      peer.send(body, socket.address().port, "127.0.0.1")
      await arrived
    }
    expect([text(carrier.near.receive()), text(carrier.near.receive()), carrier.near.receive()]).to.deep.equal([
      ["1"],
      ["2"],
      undefined,
    ])
    carrier.abandon()
  })

  it("sends queued messages before it ends", async () => {
    const peer = await bound()
    const { carrier, ended } = create(peer.address().port)
    carrier.near.send(message("last"))
    carrier.near.close()
    carrier.end(-1)
    const arriving = datagrams(peer, 1)
    carrier.open(await bound())
    await carrier.closed
    expect([await arriving, ended()]).to.deep.equal([["last"], 1])
  })

  it("drops queued messages if it does not linger", async () => {
    const { carrier, host } = create(1)
    carrier.near.send(message("lost"))
    carrier.end(0)
    await carrier.closed
    expect(host.undeliveredTexts).to.deep.equal(["lost"])
  })
})

describe("the format of DISH", () => {
  it("sends nothing", () => {
    expect(GROUPED.encode(message("group", "body"))).to.equal(undefined)
  })

  it("is the length of the group, the group, and the body (RFC 48)", () => {
    expect(text(GROUPED.decode(Buffer.from("025456467269656e6473", "hex"), FROM))).to.deep.equal(["TV", "Friends"])
    expect(text(GROUPED.decode(Buffer.from("0078", "hex"), FROM))).to.deep.equal(["", "x"])
    for (const malformed of ["", "05545658"]) {
      expect(GROUPED.decode(Buffer.from(malformed, "hex"), FROM), malformed).to.equal(undefined)
    }
  })
})

describe("the format of DGRAM", () => {
  it("is the address of the peer, and the datagram", () => {
    expect(text(ADDRESSED.decode(Buffer.from("x"), FROM))).to.deep.equal(["192.0.2.1:7", "x"])
    const ipv6 = { ...FROM, address: "2001:db8::1", family: "IPv6" } as const
    expect(text(ADDRESSED.decode(Buffer.from("x"), ipv6))).to.deep.equal(["[2001:db8::1]:7", "x"])
  })

  it("sends to the address, and drops messages without a valid one", () => {
    const [bytes, to] = ADDRESSED.encode(message("[2001:db8::1]:7", "x"))!
    expect([Buffer.from(bytes).toString(), to]).to.deep.equal(["x", { host: "2001:db8::1", port: 7 }])
    expect(ADDRESSED.encode(message("nowhere", "x"))).to.equal(undefined)
  })

  it("copies a small datagram, which the application may change before it is sent", () => {
    const body = Buffer.from("before")
    const [bytes] = ADDRESSED.encode([Buffer.from("192.0.2.1:7"), body])!
    body.write("after!")
    expect(Buffer.from(bytes).toString()).to.equal("before")
  })
})
