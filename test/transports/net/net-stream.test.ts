import { expect } from "chai"
import { once } from "node:events"
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net"
import type { ByteStreamOwner } from "../../../src/core/connection/byte-stream.js"
import { NetStream } from "../../../src/transports/net/net-stream.js"
import { RUNTIME } from "../../support/runtime.js"
import { skip } from "../../support/skip.js"

/** Bun's sockets cannot read into memory of the caller, and deliver chunks of up to 512 KiB. */
const OWN_CHUNKS = RUNTIME === "Bun"

/** Stores what it receives, and resolves when a condition is met. */
class Owner implements ByteStreamOwner {
  readonly chunks: Uint8Array[] = []
  rooms: Uint8Array[] = []
  error: Error | undefined
  stream: NetStream | undefined
  ended = false
  #length = 0
  #wake: () => void = () => undefined

  requestRoom(): Uint8Array | undefined {
    return this.rooms.shift()
  }

  data(chunk: Uint8Array): void {
    this.chunks.push(chunk)
    this.#length += chunk.length
    this.#wake()
  }

  pingAnswered(): void {
    // No test sends a PING.
  }

  drained(): void {
    this.#wake()
  }

  closed(error?: Error): void {
    this.ended = true
    this.error = error
    this.#wake()
  }

  async until(condition: (length: number) => boolean): Promise<void> {
    while (!condition(this.#length)) await new Promise<void>((resolve) => (this.#wake = resolve))
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks)
  }
}

/** Makes the handle look like that of a runtime that cannot read into memory of the caller. */
function withoutUserBuffer(socket: Socket): Socket {
  Object.assign((socket as Socket & { _handle: object })._handle, { useUserBuffer: undefined })
  return socket
}

for (const [how, prepare] of [
  ["read directly", (socket: Socket) => socket],
  ["read by chunks, where that cannot be", withoutUserBuffer],
] as const) {
  describe(`NetStream, ${how}`, () => {
    let server: Server
    const peers: Socket[] = []

    async function open(): Promise<[owner: Owner, peer: Socket]> {
      const owner = new Owner()
      const accepted = new Promise<void>((resolve) => {
        server.once("connection", (socket) => {
          owner.stream = new NetStream(prepare(socket), "127.0.0.1")
          owner.stream.start(owner)
          resolve()
        })
      })
      const peer = connect((server.address() as AddressInfo).port, "127.0.0.1")
      peers.push(peer)
      await accepted
      return [owner, peer]
    }

    beforeEach(async () => {
      server = createServer().listen(0, "127.0.0.1")
      await once(server, "listening")
    })

    afterEach(async () => {
      for (const peer of peers.splice(0)) peer.destroy()
      server.close()
      await once(server, "close")
    })

    it("does not affect data of one connection when others receive data", async () => {
      const [one, peer] = await open()
      const [other, otherPeer] = await open()
      for (let turn = 1; turn <= 20; turn++) {
        peer.write(Buffer.alloc(100, "a"))
        await one.until((length) => length === turn * 100)
        otherPeer.write(Buffer.alloc(100, "b"))
        await other.until((length) => length === turn * 100)
      }
      expect(one.bytes.equals(Buffer.alloc(2000, "a"))).to.equal(true)
      expect(other.bytes.equals(Buffer.alloc(2000, "b"))).to.equal(true)
    })

    it("delivers all bytes in order, however many there are", async () => {
      const [owner, peer] = await open()
      const bytes = Buffer.from(Uint8Array.from({ length: 3_000_000 }, (_, index) => (index * 7919) >>> 8))
      peer.write(bytes)
      await owner.until((length) => length === bytes.length)
      expect(bytes.equals(owner.bytes)).to.equal(true)
    })

    it("delivers them in memory of at most 64 KiB, which is what a small part keeps alive", async function () {
      if (OWN_CHUNKS) skip(this, "this runtime brings chunks of its own")
      const [owner, peer] = await open()
      peer.write(Buffer.alloc(3_000_000))
      await owner.until((length) => length === 3_000_000)
      expect(Math.max(...owner.chunks.map(({ buffer }) => buffer.byteLength))).to.be.at.most(64 * 1024)
    })

    it("ends with the exception that its owner throws in requestRoom", async function () {
      // In chunk mode, `requestRoom` is not called.
      if (how !== "read directly" || OWN_CHUNKS) skip(this, "nobody asks where bytes come in chunks")
      const [owner, peer] = await open()
      const fault = new RangeError("Array buffer allocation failed")
      owner.requestRoom = () => {
        throw fault
      }
      peer.on("error", () => undefined).write("a")
      await owner.until(() => owner.ended)
      expect([owner.bytes.toString(), owner.error]).to.deep.equal(["a", fault])
    })

    it("stops the peer while it is paused", async () => {
      const [owner, peer] = await open()
      peer.write("a")
      await owner.until((length) => length === 1)
      owner.stream!.pause()
      // Exceeds the buffers of both sides, so that the write cannot complete until the data is read.
      let written = false
      peer.write(Buffer.alloc(64 * 1024 * 1024), () => (written = true))
      await new Promise((resolve) => setImmediate(resolve))
      expect(written).to.equal(false)
      owner.stream!.resume()
      await owner.until((length) => length === 64 * 1024 * 1024 + 1)
    })

    it("reports that the peer has ended, after all its data", async () => {
      const [owner, peer] = await open()
      peer.end("goodbye")
      await owner.until(() => owner.ended)
      expect(owner.bytes.toString()).to.equal("goodbye")
    })

    it("writes pieces in order, and reports when there is room again", async () => {
      const [owner, peer] = await open()
      const pieces = [Buffer.from("a"), Buffer.alloc(30_000_000, "b"), Buffer.from("c")]
      const drained = new Promise<void>((resolve) => (owner.drained = resolve))
      expect(owner.stream!.write(pieces)).to.equal(false)
      let received = 0
      let last = 0
      peer.on("data", (chunk: Buffer) => {
        received += chunk.length
        last = chunk.at(-1)!
      })
      await drained
      while (received < 30_000_002) await once(peer, "data")
      expect(String.fromCharCode(last)).to.equal("c")
    })

    it("reports whether the system has accepted all bytes", async () => {
      const [owner, peer] = await open()
      const stream = owner.stream!
      const drained = new Promise<void>((resolve) => (owner.drained = resolve))
      stream.write([Buffer.alloc(30_000_000)])
      // When the first piece is written, this one is in the stream's queue, and not in that of the socket.
      stream.write([Buffer.from("waiting")])
      expect(stream.flushed).to.equal(false)
      peer.resume()
      await drained
      expect(stream.flushed).to.equal(true)
    })

    it("writes waiting pieces with their original lengths, then ends", async () => {
      const [owner, peer] = await open()
      const stream = owner.stream!
      expect(stream.write([Buffer.alloc(30_000_000, "a")])).to.equal(false)
      const [gone, kept] = [new Uint8Array(100_000), new Uint8Array(200_000).fill(1)]
      stream.write([gone, Buffer.from("b")])
      stream.write([kept])
      structuredClone(gone.buffer, { transfer: [gone.buffer] })
      const sent = new Promise<void>((resolve) => {
        stream.end(resolve)
      })
      const chunks: Buffer[] = []
      peer.on("data", (chunk: Buffer) => chunks.push(chunk))
      await once(peer, "end")
      peer.end()
      await sent
      const bytes = Buffer.concat(chunks).subarray(30_000_000)
      expect(bytes.equals(Buffer.concat([Buffer.alloc(100_000), Buffer.from("b"), kept]))).to.equal(true)
    })

    it("leaves what was written just before `destroy` to the system, which has room for it", async () => {
      const [owner, peer] = await open()
      owner.stream!.write([Buffer.from("last words")])
      owner.stream!.destroy()
      const [chunk] = (await once(peer, "data")) as [Buffer]
      expect(chunk.toString()).to.equal("last words")
      peer.resume()
      await once(peer, "close")
    })

    it("frees the connection on `destroy`, even if the peer reads nothing", async () => {
      const [owner, peer] = await open()
      expect(owner.stream!.write([Buffer.alloc(50_000_000)])).to.equal(false)
      owner.stream!.destroy()
      // The server waits for its connections to close.
      server.close()
      await once(server, "close")
      let received = 0
      peer.on("data", (chunk: Buffer) => (received += chunk.length)).on("error", () => undefined)
      await once(peer, "close")
      expect(received).to.be.below(50_000_000)
    })

    it("writes everything before it ends", async () => {
      const [owner, peer] = await open()
      owner.stream!.write([Buffer.from("last words")])
      const sent = new Promise<void>((resolve) => owner.stream!.end(resolve))
      const [chunk] = (await once(peer, "data")) as [Buffer]
      expect(chunk.toString()).to.equal("last words")
      peer.end()
      await sent
    })
  })
}

describe("NetStream", () => {
  it("reads into the memory that its owner offers", async function () {
    if (OWN_CHUNKS) skip(this, "this runtime brings chunks of its own")
    const server = createServer().listen(0, "127.0.0.1")
    await once(server, "listening")
    const owner = new Owner()
    server.once("connection", (socket) => {
      owner.stream = new NetStream(socket, "127.0.0.1")
      owner.stream.start(owner)
    })
    const peer = connect((server.address() as AddressInfo).port, "127.0.0.1")
    const room = new Uint8Array(100_000)
    owner.rooms = [new Uint8Array(1), room]
    peer.write(Buffer.alloc(60_001, 1))
    await owner.until((length) => length === 60_001)
    expect(owner.chunks[1]!.buffer).to.equal(room.buffer)
    expect(room.indexOf(0)).to.equal(owner.chunks[1]!.length)
    peer.destroy()
    server.close()
    await once(server, "close")
  })
})
