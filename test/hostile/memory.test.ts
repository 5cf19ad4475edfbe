import { expect } from "chai"
import { once } from "node:events"
import { connect, type Socket } from "node:net"
import { FRAME_OVERHEAD } from "../../src/zmtp/cost.js"
import { MAX_FRAMES } from "../../src/zmtp/limits.js"
import { closing } from "../support/closing.js"
import { hex } from "../support/cuts.js"
import { GREETING, RawPeer, READY } from "../support/raw-peer.js"
import { BINARY, RawWebSocket } from "../support/raw-web-socket.js"
import { RUNTIME } from "../support/runtime.js"
import { skip } from "../support/skip.js"
import type { Task } from "./memory-host.js"
import { MemoryProcess } from "./memory-process.js"

const MIB = 1024 * 1024

/** Tolerance for other memory: compiled code, and a few chunks per connection. */
const NOISE = 4 * MIB

describe("memory that peers make a socket keep", function () {
  this.timeout(60_000)
  const use = closing()

  before(function () {
    if (RUNTIME !== "Node") skip(this, "other engines do not say what they keep")
  })

  const start = (task: Task): Promise<MemoryProcess> => MemoryProcess.start(task, use)

  const tcp = "tcp://127.0.0.1:*"

  describe("stays within receiveHighWaterBytes", () => {
    it("for messages of empty frames", async () => {
      const limit = 16 * MIB
      const host = await start({ type: "Pull", endpoint: tcp, options: { receiveHighWaterBytes: limit } })
      const peer = use(await RawPeer.handshake(host.endpoint, "PUSH"))
      const message = Buffer.concat([Buffer.alloc(2 * (MAX_FRAMES - 2), hex("0100")), hex("0000")])
      for (let sent = 0; sent < 30; sent++) peer.write(message)
      const { bytes, report } = await host.kept()
      expect(report.queued).to.be.within(1, 2 + limit / (MAX_FRAMES * FRAME_OVERHEAD))
      // One message may exceed the high-water mark, and another one may be partially read.
      expect(bytes).to.be.below(limit + 2 * MAX_FRAMES * FRAME_OVERHEAD + NOISE)
    })

    it("for small messages between large commands, which share the same memory", async () => {
      const limit = MIB
      const host = await start({ type: "Pull", endpoint: tcp, options: { receiveHighWaterBytes: limit } })
      const peer = use(await RawPeer.handshake(host.endpoint, "PUSH"))
      const size = 64 * 1024 - 12
      const command = Buffer.concat([
        hex(`06 ${size.toString(16).padStart(16, "0")} 044a554e4b`),
        Buffer.alloc(size - 5),
      ])
      for (let sent = 0; sent < 500; sent++) peer.write(Buffer.concat([hex("0001 61"), command]))
      const { bytes, report } = await host.kept()
      expect(report.queued).to.be.above(0)
      expect(bytes).to.be.below(2 * limit + NOISE)
    })
  })

  it("stays within maxConnections and receiveHighWaterBytes for messages of departed peers", async () => {
    const options = { receiveHighWaterBytes: MIB, maxConnections: 2 }
    const host = await start({ type: "Pull", endpoint: tcp, options })
    const message = Buffer.concat([hex("02 000000000000f000"), Buffer.alloc(0xf000)])
    const messages = Buffer.concat(Array.from({ length: 15 }, () => message))
    let served = 0
    for (let count = 0; count < 100; count++) {
      const peer = await RawPeer.connect(host.endpoint)
      peer.write(Buffer.concat([GREETING, READY.PUSH, messages]))
      peer.socket.end()
      await peer.closed()
      if (peer.socket.bytesRead > 0) served++
    }
    const { bytes, report } = await host.kept(({ peers }) => peers === 0)
    expect([served, report.queued]).to.deep.equal([2, 30])
    expect(bytes).to.be.below(2 * MIB + NOISE)
    // Receiving the messages makes room.
    await host.receive(30)
    expect(await use(await RawPeer.handshake(host.endpoint, "PUSH")).ping()).to.equal("0405" + "04504f4e47")
  })

  /** A subscription message of ZMTP 3.0. */
  const subscribe = (topic: Buffer): Buffer => Buffer.concat([Buffer.of(0, 1 + topic.length, 1), topic])

  for (const type of ["Publisher", "XPublisher"] as const) {
    it(`stays within maxPeerSubscriptionBytes for topics at a ${type}, however they branch`, async () => {
      const limit = 16 * MIB
      const host = await start({ type, endpoint: tcp, options: { maxPeerSubscriptionBytes: limit } })
      const peer = use(await RawPeer.handshake(host.endpoint, "SUB"))
      peer.socket.resume()
      const topics = Array.from({ length: 15_000 }, (_, topic) =>
        subscribe(Buffer.from(Array.from({ length: 14 }, (_, bit) => ((topic >> bit) & 1 ? 0xff : 0)))),
      )
      for (let sent = 0; sent < topics.length; sent += 500) {
        peer.write(Buffer.concat(topics.slice(sent, sent + 500)))
        if (type === "XPublisher") await host.receive(500)
      }
      const { bytes, report } = await host.kept()
      expect(report.peers).to.equal(1)
      expect(bytes).to.be.below(limit + NOISE)
    })
  }

  it("is limited by the mark of notifications when a peer leaves an XPUB that is not receiving", async () => {
    const host = await start({ type: "XPublisher", endpoint: tcp, options: {} })
    const topics = 20_000
    const peer = use(await RawPeer.handshake(host.endpoint, "SUB"))
    for (let sent = 0; sent < topics; sent += 500) {
      peer.write(Buffer.concat(Array.from({ length: 500 }, (_, topic) => subscribe(Buffer.from(`${sent + topic}`)))))
      await host.receive(500)
    }
    const before = await host.kept()
    peer.close()
    const { bytes, report } = await host.kept()
    expect(report.peers).to.equal(0)
    expect(bytes).to.be.below(before.bytes + MIB)
    await host.receive(topics)
    expect((await host.kept()).bytes).to.be.below(NOISE)
  })

  it("is limited to an incomplete message, whatever comes between its frames", async () => {
    const host = await start({ type: "Pull", endpoint: tcp, options: {} })
    const peer = use(await RawPeer.handshake(host.endpoint, "PUSH"))
    const size = 4096
    const command = Buffer.concat([hex(`06 ${size.toString(16).padStart(16, "0")} 044a554e4b`), Buffer.alloc(size - 5)])
    const frames = 6400
    for (let sent = 0; sent < frames; sent++) peer.write(Buffer.concat([hex("0101 61"), command]))
    const { bytes, report } = await host.kept()
    expect(report.peers).to.equal(1)
    expect(report.bytesIn).to.be.above(frames * size)
    expect(bytes).to.be.below(frames * FRAME_OVERHEAD + NOISE)
  })

  it("is limited for departed peers that are still being authenticated", async () => {
    const options = { plainServer: true, maxAuthentications: 200, handshakeInterval: 2000 }
    const host = await start({ type: "Pull", endpoint: tcp, options, hanging: true })
    const greeting = Buffer.from(GREETING)
    greeting.write("PLAIN\0", 12)
    const hello = hex("04 0a 0548454c4c4f 0161 0162")
    const peers = 400
    for (let count = 0; count < peers; count++) {
      const peer = await RawPeer.connect(host.endpoint)
      peer.write(greeting)
      await peer.read(GREETING.length)
      peer.write(Buffer.concat([hello, Buffer.alloc(60_000)]))
      peer.socket.end()
      await peer.closed()
    }
    const { bytes, report } = await host.kept(({ gone }) => gone === 200)
    expect(report.judging).to.equal(200)
    expect(bytes).to.be.below(NOISE)
  })

  describe("of queued events is 16 MiB", () => {
    const PEERS = 600

    it("whatever departed peers have announced", async () => {
      const host = await start({ type: "Pull", endpoint: tcp, options: {}, observed: true })
      const property = Buffer.concat([hex("01 58 0000f000"), Buffer.alloc(0xf000)])
      const body = Buffer.concat([READY.PUSH.subarray(2), property])
      const ready = Buffer.concat([hex(`06 ${body.length.toString(16).padStart(16, "0")}`), body])
      for (let count = 0; count < PEERS; count++) {
        const peer = await RawPeer.connect(host.endpoint)
        peer.write(Buffer.concat([GREETING, ready]))
        await peer.read(GREETING.length)
        await peer.readFrame()
        await peer.ping()
        peer.socket.end()
        await peer.closed()
      }
      const { bytes } = await host.kept(({ peers }) => peers === 0)
      expect(bytes).to.be.within(8 * MIB, 16 * MIB + NOISE)
    })

    it("excluding the data of departed peers that violated the protocol", async () => {
      const host = await start({ type: "Pull", endpoint: tcp, options: { maxMessageSize: 10 }, observed: true })
      const body = Buffer.alloc(64 * 1024 - 9 - 9)
      const command = Buffer.concat([hex(`06 ${body.length.toString(16).padStart(16, "0")}`), body])
      for (let count = 0; count < PEERS; count++) {
        const peer = await RawPeer.handshake(host.endpoint, "PUSH")
        for (let sent = 0; sent < 3; sent++) peer.write(command)
        peer.write(Buffer.concat([command, hex("02 ffffffffffffffff")]))
        await peer.closed()
      }
      expect((await host.kept(({ peers }) => peers === 0)).bytes).to.be.below(PEERS * 16 * 1024)
    })
  })

  describe("of WebSockets is 64 KiB for each that is in its handshake", () => {
    const PEERS = 20

    async function open(host: MemoryProcess): Promise<Socket> {
      const socket = connect(Number(new URL(host.endpoint).port), "127.0.0.1").on("error", () => undefined)
      use({ close: () => socket.destroy() })
      socket.write(
        "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
          "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: ZWS2.0/NULL\r\n\r\n",
      )
      await once(socket, "data")
      return socket
    }

    /**
     * Resolves when the other side has read everything that was sent to it: it answers a ping, or the connection is
     * closed.
     */
    function read(socket: Socket): Promise<void> {
      socket.write(hex("89 83 00000000 656e64"))
      return new Promise((resolve) => {
        let answer = ""
        socket.once("close", resolve).on("data", (chunk: Buffer) => {
          answer = answer.slice(-2) + chunk.toString("latin1")
          if (answer.includes("end")) resolve()
        })
      })
    }

    it("whatever it has sent in fragments", async () => {
      const host = await start({ type: "Pull", endpoint: "ws://127.0.0.1:*", options: {} })
      const fragments = Buffer.concat([hex("02 81 00000000 41"), Buffer.alloc(16_000 * 7, hex("00 81 00000000 41"))])
      for (let peer = 0; peer < PEERS; peer++) {
        const socket = await open(host)
        socket.write(fragments)
        await read(socket)
      }
      expect((await host.kept()).bytes).to.be.below(PEERS * 64 * 1024 + NOISE)
    })

    it("whatever comes between its fragments", async () => {
      const host = await start({ type: "Pull", endpoint: "ws://127.0.0.1:*", options: {} })
      const pongs = Buffer.alloc(600 * 131, Buffer.concat([hex("8a fd 00000000"), Buffer.alloc(125)]))
      for (let peer = 0; peer < PEERS; peer++) {
        const socket = await open(host)
        socket.write(hex("02 81 00000000 41"))
        for (let fragment = 0; fragment < 30; fragment++) socket.write(Buffer.concat([pongs, hex("00 81 00000000 41")]))
        await read(socket)
      }
      const { bytes, report } = await host.kept()
      expect(report.peers).to.equal(0)
      expect(bytes).to.be.below(PEERS * 64 * 1024 + NOISE)
    })
  })

  it("stays within receiveHighWaterBytes for small messages of a WebSocket between pongs", async () => {
    const host = await start({ type: "Pull", endpoint: "ws://127.0.0.1:*", options: {} })
    const peer = use(await RawWebSocket.connect(host.endpoint))
    const pongs = Buffer.alloc(600 * 131, Buffer.concat([hex("8a fd 00000000"), Buffer.alloc(125)]))
    for (let sent = 0; sent < 500; sent++) {
      peer.socket.write(pongs)
      await peer.send(BINARY, Buffer.of(0, 0x61))
    }
    const { bytes } = await host.kept(({ queued }) => queued === 500)
    expect(bytes).to.be.below(500 * 320 + NOISE)
  })
})
