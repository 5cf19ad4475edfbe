import { expect } from "chai"
import { once } from "node:events"
import { connect, createServer, type AddressInfo, type Socket } from "node:net"
import { Stream } from "../../src/index.js"
import { closing } from "../support/closing.js"
import { thrown } from "../support/receiving.js"

const portOf = (endpoint: string): number => Number(endpoint.slice(endpoint.lastIndexOf(":") + 1))

describe("Stream", () => {
  const use = closing()

  /** All data from the peer with `id`, up to and including `text`. */
  async function receiveUntil(stream: Stream, text: string): Promise<Buffer> {
    let received = ""
    for (;;) {
      const [id, bytes] = await stream.receive()
      received += bytes.toString()
      if (received.endsWith(text)) return id
    }
  }

  it("serves peers without ZMTP: bytes in, bytes out, and an empty message at the beginning and the end", async () => {
    const stream = use(new Stream())
    await stream.bind("tcp://127.0.0.1:*")
    const client = connect(portOf(stream.lastEndpoint!), "127.0.0.1")
    const [id, opened] = await stream.receive()
    expect(opened.length).to.equal(0)
    client.write("GET / HTTP/1.0\r\n\r\n")
    expect((await receiveUntil(stream, "\r\n\r\n")).equals(id)).to.equal(true)
    const answer = once(client, "data") as Promise<[Buffer]>
    await stream.send([id, "HTTP/1.0 204 No Content\r\n\r\n"])
    expect((await answer)[0].toString()).to.equal("HTTP/1.0 204 No Content\r\n\r\n")
    client.end()
    const [leaver, closed] = await stream.receive()
    expect([leaver.equals(id), closed.length]).to.deep.equal([true, 0])
  })

  it("closes the connection of a peer that is sent an empty message", async () => {
    const stream = use(new Stream())
    await stream.bind("tcp://127.0.0.1:*")
    const client = connect(portOf(stream.lastEndpoint!), "127.0.0.1").resume()
    const [id] = await stream.receive()
    const ended = once(client, "end")
    await stream.send([id, null])
    await ended
  })

  it("sends to a given routing id before the peer is connected", async () => {
    const server = createServer().listen(0, "127.0.0.1")
    use(server)
    await once(server, "listening")
    const accepted = once(server, "connection") as Promise<[Socket]>
    const stream = use(new Stream())
    stream.connect(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`, { routingId: "server" })
    await stream.send(["server", "hello"])
    const [socket] = await accepted
    use({ close: () => socket.destroy() })
    expect(String(((await once(socket, "data")) as [Buffer])[0])).to.equal("hello")
    socket.write("reply")
    expect((await receiveUntil(stream, "reply")).toString()).to.equal("server")
  })

  it("uses a routing id once: EINVAL", () => {
    const stream = use(new Stream())
    stream.connect("tcp://127.0.0.1:1", { routingId: "server" })
    expect(
      thrown(() => {
        stream.connect("tcp://127.0.0.1:2", { routingId: "server" })
      }).code,
    ).to.equal("EINVAL")
  })
})
