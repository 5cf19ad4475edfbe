import { expect } from "chai"
import { once } from "node:events"
import { Pull, Push, Request } from "../../../src/index.js"
import { RemoteProcess } from "../../../interop/support/remote.js"
import { systemClock } from "../../../src/core/runtime/clock.js"
import { DuplexStream } from "../../../src/transports/attached/duplex-stream.js"
import { closing } from "../../support/closing.js"
import { TcpSocket } from "../../support/react-native-tcp-socket.js"
import { caught, texts } from "../../support/receiving.js"

const portOf = (endpoint: string): number => Number(new URL(endpoint.replace("tcp:", "http:")).port)

/** A connected socket without Node's `unref`. */
async function connected(endpoint: string): Promise<TcpSocket> {
  const socket = new TcpSocket(portOf(endpoint))
  // Node loads the code for streams with the first stream, while React Native has it from the start. In Deno, data may
  // arrive before `once` resolves.
  socket.pause()
  await once(socket, "connect")
  // The library calls `unref` in other runtimes only, but this test runs in Node.
  Object.defineProperty(socket, "unref", { value: undefined })
  return socket
}

describe("a stream that imitates those of Node, as in React Native", () => {
  const use = closing()

  it("connects to a libzmq REP", async () => {
    const libzmq = await RemoteProcess.start("libzmq")
    try {
      const reply = await libzmq.socket("Reply")
      const request = use(new Request())
      const attachment = await request.attach(await connected(await reply.bind("tcp://127.0.0.1:*")))
      expect(attachment.peer!.address).to.equal("127.0.0.1")
      for (const question of ["a", "b".repeat(500_000)]) {
        await request.send(question)
        expect(await reply.receive()).to.deep.equal([question])
        await reply.send(question)
        expect(await texts(request, 1)).to.deep.equal([question])
      }
    } finally {
      await libzmq.stop()
    }
  })

  it("delivers messages sent before close without a finish event", async () => {
    const pull = use(new Pull({ receiveHighWaterMark: 1 }))
    await pull.bind("tcp://127.0.0.1:*")
    const push = new Push()
    await push.attach(await connected(pull.lastEndpoint!))
    const bodies = Array.from({ length: 20 }, (_, index) => Buffer.alloc(100_000, index))
    for (const body of bodies) await push.send(body)
    push.close()
    for (const body of bodies) expect((await pull.receive())[0]!.equals(body)).to.equal(true)
  })

  it("converts failures that are text to errors", async () => {
    const pull = use(new Pull())
    await pull.bind("tcp://127.0.0.1:*")
    const socket = await connected(pull.lastEndpoint!)
    const { closed } = await use(new Push()).attach(socket)
    socket.emit("error", "Connection reset by peer")
    const { reason, error } = await closed
    expect(reason).to.equal("error")
    expect(error).to.include({ code: "ECONNRESET", message: "Connection reset by peer" })
  })

  it("fails if write throws, as it does before the socket is connected", async () => {
    const pull = use(new Pull())
    await pull.bind("tcp://127.0.0.1:*")
    const early = new TcpSocket(portOf(pull.lastEndpoint!))
    // The connection may be established before the code for streams has loaded, so do not wait for its event.
    const write = (): never => {
      throw new Error("Socket is closed.")
    }
    Object.defineProperties(early, { unref: { value: undefined }, write: { value: write } })
    expect((await caught(use(new Push()).attach(early))).message).to.equal("Socket is closed.")
  })

  it("has the address of a peer when the socket knows it", async () => {
    const pull = use(new Pull())
    await pull.bind("tcp://127.0.0.1:*")
    const socket = new TcpSocket(portOf(pull.lastEndpoint!))
    const stream = new DuplexStream(socket, socket, undefined, systemClock)
    expect(stream.peerAddress).to.equal("")
    await once(socket, "connect")
    expect(stream.peerAddress).to.equal("127.0.0.1")
    stream.destroy()
  })
})
