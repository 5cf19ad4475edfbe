import { expect } from "chai"
import { createSocket, type Socket } from "node:dgram"
import { once } from "node:events"
import { addressTowards, udp, type LinkOptions } from "../../../src/transports/epgm/network.js"
import { closing } from "../../support/closing.js"
import { hasMulticast } from "../../support/multicast.js"
import { caught } from "../../support/receiving.js"
import { RUNTIME } from "../../support/runtime.js"
import { skip } from "../../support/skip.js"

const OPTIONS: LinkOptions = {
  local: "127.0.0.1",
  port: 0,
  shared: false,
  via: "127.0.0.1",
  hops: 1,
  loop: true,
}

describe("UDP for epgm://", () => {
  const use = closing()

  async function plain(): Promise<Socket> {
    const socket = createSocket("udp4")
    use(socket)
    socket.bind(0, "127.0.0.1")
    await once(socket, "listening")
    return socket
  }

  it("exchanges datagrams with any UDP socket, and reports when the system has accepted one", async () => {
    const peer = await plain()
    let heard: (text: string) => void = () => undefined
    const reply = new Promise<string>((resolve) => (heard = resolve))
    const link = use(
      await udp.open(OPTIONS, (packet, { address, port }) => {
        heard(`${packet.toString()} from ${address}:${port}`)
      }),
    )
    const arrived = once(peer, "message") as Promise<[Buffer, { port: number }]>
    await new Promise<void>((resolve) => {
      link.send(Buffer.from("hello"), peer.address().port, "127.0.0.1", resolve)
    })
    const [datagram, { port }] = await arrived
    expect([datagram.toString(), port]).to.deep.equal(["hello", link.port])
    peer.send("hi", port, "127.0.0.1")
    expect(await reply).to.equal(`hi from 127.0.0.1:${peer.address().port}`)
  })

  it("keeps 64 KiB of memory or less with a datagram, whatever the size of the system's buffer is", async () => {
    const peer = await plain()
    const sizes: number[] = []
    let arrived: () => void = () => undefined
    const link = use(
      await udp.open({ ...OPTIONS, receiveBuffer: 4 * 1024 * 1024 }, ({ buffer }) => {
        sizes.push(buffer.byteLength)
        arrived()
      }),
    )
    // Receive a second datagram, because the memory for the first one may have been allocated before the size was set.
    for (const text of ["first", "second"]) {
      const arrival = new Promise<void>((resolve) => (arrived = resolve))
      peer.send(text, link.port, "127.0.0.1")
      await arrival
    }
    expect(Math.max(...sizes)).to.be.at.most(64 * 1024)
  })

  it("rejects with the error of the system if the port is in use", async () => {
    const { port } = (await plain()).address()
    expect(await caught(udp.open({ ...OPTIONS, port }, () => undefined))).to.include({ code: "EADDRINUSE" })
  })

  it("closes the socket if its options are invalid, so that the port is free again", async function () {
    if (RUNTIME === "Deno") skip(this, "a UDP socket of Deno frees its port some turns after it is closed")
    const first = await udp.open(OPTIONS, () => undefined)
    const { port } = first
    first.close()
    const invalid = { ...OPTIONS, port, join: "192.0.2.1" }
    expect((await caught(udp.open(invalid, () => undefined))).code).to.be.a("string")
    use(await udp.open({ ...OPTIONS, port }, () => undefined))
  })

  it("lets several sockets listen to a group on one port, if they share it", async function () {
    if (!(await hasMulticast())) skip(this, "no multicast over loopback")
    const group = "239.255.77.9"
    const heard: string[] = []
    let done: () => void = () => undefined
    const both = new Promise<void>((resolve) => (done = resolve))
    const listen = async (name: string, port: number) =>
      use(
        await udp.open({ ...OPTIONS, local: "0.0.0.0", port, shared: true, join: group }, (packet) => {
          heard.push(`${name}: ${packet.toString()}`)
          if (heard.length === 2) done()
        }),
      )
    const { port } = await listen("a", 0)
    await listen("b", port)
    use(await udp.open(OPTIONS, () => undefined)).send(Buffer.from("x"), port, group)
    await both
    expect(heard.sort()).to.deep.equal(["a: x", "b: x"])
  })

  it("finds the address of this machine from which a destination is reached", async function () {
    if (RUNTIME === "Deno") skip(this, "in Deno, the address of a connected UDP socket is 0.0.0.0")
    expect(await addressTowards("127.0.0.1", 9)).to.equal("127.0.0.1")
  })
})
