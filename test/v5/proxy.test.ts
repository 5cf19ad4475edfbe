import { expect } from "chai"
import { once } from "node:events"
import { createSocket, proxy, type Socket } from "../../src/v5-compat.js"
import type { SocketType } from "../../src/v5/socket.js"
import { closing } from "../support/closing.js"

let names = 0

describe("proxy of zeromq.js 5", () => {
  const use = closing()
  const open = (type: SocketType): Socket => use(createSocket(type))

  /** Binds `socket`, and connects another socket of the given type to it. */
  async function joined(socket: Socket, type: SocketType): Promise<Socket> {
    const address = `inproc://v5-proxy-${names++}`
    await new Promise((resolve) => socket.bind(address, resolve))
    const peer = open(type)
    peer.connect(address)
    return peer
  }

  const received = async (socket: Socket): Promise<string[]> =>
    ((await once(socket, "message")) as Buffer[]).map((frame) => frame.toString())

  it("forwards requests and replies, and captures replies without their envelope", async () => {
    const [front, back, capture] = [open("router"), open("dealer"), open("push")]
    const [client, server, captured] = await Promise.all([
      joined(front, "req"),
      joined(back, "rep"),
      joined(capture, "pull"),
    ])
    proxy(front, back, capture)
    server.on("message", (question: Buffer) => server.send(`re: ${question.toString()}`))
    const reports = received(captured)
    const reply = received(client)
    client.send("hello")
    expect([await reply, await reports]).to.deep.equal([["re: hello"], ["re: hello"]])
  })

  it("forwards from pull to push in the order of its arguments", async () => {
    const [front, back] = [open("push"), open("pull")]
    const [sink, source] = await Promise.all([joined(front, "pull"), joined(back, "push")])
    proxy(front, back)
    const message = received(sink)
    source.send(["a", "b"])
    expect(await message).to.deep.equal(["a", "b"])
  })

  for (const types of [
    ["dealer", "router"],
    ["push", "push"],
    ["pub", "sub"],
  ] as const) {
    it(`rejects other types: ${types.join(" and ")}`, () => {
      expect(() => {
        proxy(open(types[0]), open(types[1]))
      }).to.throw("This socket type order is not supported in compatibility mode")
    })
  }
})
