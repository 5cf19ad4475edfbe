import { expect } from "chai"
import { once } from "node:events"
import { type AddressInfo, type Socket } from "node:net"
import type { ByteStream } from "../../../src/core/connection/byte-stream.js"
import type { TransportOptions } from "../../../src/transports/transport.js"
import type { NodeWebSocket } from "../../../src/transports/ws/web-sockets.js"
import { maxPayload, streamOf } from "../../../src/transports/ws/ws-wire.js"
import { closing } from "../../support/closing.js"
import { StreamOwner } from "../../support/stream-owner.js"
import { WebSocket, WebSocketServer } from "../../support/ws.js"

type Peer = InstanceType<typeof WebSocket>

const options = (maxMessageSize: number, maxMultipartSize = -1): TransportOptions =>
  ({ maxMessageSize, maxMultipartSize }) as TransportOptions

describe("maxPayload", () => {
  it("is the smaller limit of the socket, with the bytes that CURVE adds to a frame", () => {
    expect([maxPayload(options(1_000_000)), maxPayload(options(1_000_000, 500_000))]).to.deep.equal([
      1_000_064, 500_064,
    ])
    expect(maxPayload(options(-1, 500_000))).to.equal(500_064)
  })

  it("is the most that `ws` supports without limits, or with larger ones", () => {
    expect([maxPayload(options(-1)), maxPayload(options(2 ** 40))]).to.deep.equal([2 ** 31 - 1, 2 ** 31 - 1])
  })

  it("leaves room for the largest command of a handshake", () => {
    expect(maxPayload(options(0))).to.be.greaterThan(64 * 1024)
    expect(maxPayload(options(0))).to.equal(maxPayload(options(100)))
  })
})

describe("a WebSocket of the package ws as a stream", () => {
  const use = closing()

  /** A stream, and the other end of its WebSocket as an object of `ws`. */
  async function open(limits = options(-1)): Promise<{ stream: ByteStream; owner: StreamOwner; peer: Peer }> {
    const server = use(new WebSocketServer({ port: 0, host: "127.0.0.1" }))
    await once(server, "listening")
    const accepted = once(server, "connection") as Promise<[Peer]>
    const near = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, {
      maxPayload: maxPayload(limits),
    })
    const upgraded = once(near, "upgrade") as Promise<[{ socket: Socket }]>
    await once(near, "open")
    const [{ socket }] = await upgraded
    const [peer] = await accepted
    const owner = new StreamOwner()
    const stream = streamOf(near as unknown as NodeWebSocket, "ZWS2.0/NULL", socket, "192.0.2.1", limits)
    use({ close: () => stream.destroy() })
    use({ close: () => peer.terminate() })
    stream.start(owner)
    return { stream, owner, peer }
  }

  it("exchanges binary messages, and has the address that it was given", async () => {
    const { stream, owner, peer } = await open()
    expect(stream.peerAddress).to.equal("192.0.2.1")
    const first = once(peer, "message") as Promise<[Buffer]>
    stream.write([Buffer.from("a")])
    expect((await first)[0].toString()).to.equal("a")
    const received: string[] = []
    peer.on("message", (data: Buffer) => received.push(data.toString()))
    stream.write([Buffer.from("b"), Buffer.from("c")])
    while (received.length < 2) await once(peer, "message")
    peer.send(Buffer.from("reply"))
    await owner.until(() => owner.chunks > 0)
    expect([received, owner.bytes.toString()]).to.deep.equal([["b", "c"], "reply"])
  })

  it("reports the answer to a ping", async () => {
    const { stream, owner } = await open()
    stream.ping!()
    await owner.until(() => owner.events.includes("pingAnswered"))
    expect(owner.events).to.deep.equal(["pingAnswered"])
  })

  it("does not read more than a command of the handshake before its limits are raised", async () => {
    const size = 200_000
    const { owner, peer } = await open()
    peer.send(Buffer.alloc(size))
    await owner.until(() => owner.error !== undefined)
    expect(owner.error).to.include({ limit: "size of a command" })
    const raised = await open()
    raised.stream.raiseLimits!()
    raised.peer.send(Buffer.alloc(size))
    await raised.owner.until(() => raised.owner.bytes.length === size)
    expect(raised.owner.error).to.equal(undefined)
  })

  it("reports a message above the limit of the socket by the name of the option", async () => {
    const { stream, owner, peer } = await open(options(100_000))
    stream.raiseLimits!()
    peer.send(Buffer.alloc(100_065))
    await owner.until(() => owner.error !== undefined)
    expect(owner.error).to.include({ limit: "maxMessageSize" })
  })

  it("limits the fragments of a message during the handshake", async () => {
    const { owner, peer } = await open()
    for (let fragment = 0; fragment < 70; fragment++) peer.send(Buffer.alloc(1), { fin: false })
    await owner.until(() => owner.error !== undefined)
    expect(owner.error).to.include({ limit: "fragments of a message" })
  })

  it("reports a violation of the WebSocket protocol as the peer's fault", async () => {
    const { owner, peer } = await open()
    ;(peer as unknown as { _socket: Socket })._socket.write(Buffer.from("ff00", "hex"))
    await owner.until(() => owner.error !== undefined)
    expect(owner.error).to.include({ name: "ProtocolError", code: "ERR_ZMTP_UNSPECIFIED" })
  })

  it("reports that the peer has reset the connection", async () => {
    const { owner, peer } = await open()
    ;(peer as unknown as { _socket: Socket })._socket.resetAndDestroy()
    await owner.until(() => owner.events.includes("closed"))
    expect(owner.chunks).to.equal(0)
  })
})
