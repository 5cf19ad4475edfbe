import { expect } from "chai"
import { once } from "node:events"
import type { AddressInfo } from "node:net"
import type { ByteStreamOwner } from "../../../src/core/connection/byte-stream.js"
import { WebSocketStream, type AnyWebSocket } from "../../../src/transports/ws/web-socket-stream.js"
import { plainZws } from "../../../src/zmtp/plain-zws-engine.js"
import { FakeClock } from "../../support/fake-clock.js"
import { WebSocket, WebSocketServer } from "../../support/ws.js"

/** A WebSocket as in pages, controlled by the test. */
class FakeWebSocket implements AnyWebSocket {
  binaryType = "arraybuffer"
  bufferedAmount = 0
  /** Size of the frame that announces the end, in bytes. */
  goodbye = 0
  onmessage: AnyWebSocket["onmessage"] = null
  onclose: AnyWebSocket["onclose"] = null
  onerror: AnyWebSocket["onerror"] = null
  readonly sent: Uint8Array[] = []
  readonly closings: (number | undefined)[] = []

  send(data: Uint8Array): void {
    this.sent.push(data)
    this.bufferedAmount += data.length
  }

  close(code?: number): void {
    this.closings.push(code)
    this.bufferedAmount += this.goodbye
  }

  receive(...bytes: number[]): void {
    this.onmessage!({ data: Uint8Array.from(bytes).buffer })
  }
}

/** Records what a stream delivers. */
class Recorder implements ByteStreamOwner {
  readonly told: unknown[] = []
  onData: () => void = () => undefined

  requestRoom(): undefined {
    return undefined
  }

  data(chunk: Uint8Array): void {
    this.told.push([...chunk])
    this.onData()
  }

  pingAnswered(): void {
    this.told.push("pingAnswered")
  }

  drained(): void {
    this.told.push("drained")
  }

  closed(error: Error | undefined): void {
    this.told.push(`closed: ${error?.message ?? "in good order"}`)
  }
}

describe("a WebSocket of a page as a stream", () => {
  let socket: FakeWebSocket
  let owner: Recorder
  let stream: WebSocketStream
  let clock: FakeClock

  beforeEach(() => {
    socket = new FakeWebSocket()
    owner = new Recorder()
    clock = new FakeClock()
    stream = new WebSocketStream(socket, plainZws, "", undefined, clock)
    stream.start(owner)
  })

  afterEach(() => {
    stream.destroy()
  })

  it("has no ping, which pages cannot send", () => {
    expect(stream.ping).to.equal(undefined)
  })

  it("sends each piece as one message, and reports when there is room again", () => {
    expect(stream.write([Uint8Array.of(1), Uint8Array.of(2)])).to.equal(true)
    expect(socket.sent.map(([byte]) => byte)).to.deep.equal([1, 2])
    expect(stream.write([new Uint8Array(300_000)])).to.equal(false)
    expect(owner.told).to.deep.equal([])
    clock.advance(60_000)
    expect(owner.told).to.deep.equal([])
    socket.bufferedAmount = 0
    clock.advance(10)
    expect(owner.told).to.deep.equal(["drained"])
    expect(clock.waiting).to.equal(0)
  })

  it("queues incoming messages while it is paused, in order, and pauses between two messages", async () => {
    stream.pause()
    socket.receive(1)
    socket.receive(2)
    expect(owner.told).to.deep.equal([])
    owner.onData = () => {
      stream.pause()
    }
    stream.resume()
    stream.resume()
    socket.receive(3)
    await Promise.resolve()
    expect(owner.told).to.deep.equal([[1]])
    owner.onData = () => undefined
    stream.resume()
    await Promise.resolve()
    expect(owner.told).to.deep.equal([[1], [2], [3]])
    socket.receive(4)
    expect(owner.told).to.deep.equal([[1], [2], [3], [4]])
  })

  it("reports that the peer has closed after queued messages", async () => {
    stream.pause()
    socket.receive(1)
    socket.onclose!({ code: 1000 })
    expect(owner.told).to.deep.equal([])
    stream.resume()
    await Promise.resolve()
    expect(owner.told).to.deep.equal([[1], "closed: in good order"])
  })

  it("reports a lost connection if there was no closing handshake", () => {
    socket.onclose!({ code: 1006 })
    expect(owner.told).to.deep.equal(["closed: WebSocket connection was lost"])
  })

  it("reports that the WebSocket failed before it closed", () => {
    socket.onerror!({})
    socket.onclose!({ code: 1006 })
    expect(owner.told).to.deep.equal(["closed: WebSocket failed"])
  })

  it("ends if the peer sends text, and ignores further messages", () => {
    socket.onmessage!({ data: "text" })
    socket.receive(1)
    expect(owner.told).to.deep.equal(["closed: Unexpected text message: expected binary messages"])
  })

  it("closes normally, and ignores further messages", () => {
    let sent = false
    stream.end(() => (sent = true))
    expect(socket.closings).to.deep.equal([1000])
    socket.receive(1)
    expect(sent).to.equal(false)
    socket.onclose!({ code: 1000 })
    expect(sent).to.equal(true)
    expect(owner.told).to.deep.equal([])
    expect(clock.waiting).to.equal(0)
  })

  it("waits at most a second for a peer that does not close", () => {
    let sent = false
    stream.end(() => (sent = true))
    clock.advance(999)
    expect([sent, socket.closings]).to.deep.equal([false, [1000]])
    clock.advance(1)
    expect([sent, socket.closings]).to.deep.equal([true, [1000, undefined]])
  })

  it("delivers queued messages, and then closes, however long the peer takes to read them", () => {
    let sent = false
    socket.goodbye = 8
    stream.write([new Uint8Array(300_000)])
    stream.end(() => (sent = true))
    for (const step of ["what waits", "the goodbye"]) {
      clock.advance(60_000)
      expect(sent, step).to.equal(false)
      expect(socket.closings, step).to.deep.equal(step === "the goodbye" ? [1000] : [])
      socket.bufferedAmount = 0
      clock.advance(10)
    }
    expect([sent, socket.closings]).to.deep.equal([false, [1000]])
    clock.advance(1000)
    expect([sent, socket.closings]).to.deep.equal([true, [1000, undefined]])
    expect(owner.told).to.deep.equal([])
  })

  it("is closed immediately if its owner does not wait for a peer that reads nothing", () => {
    stream.write([new Uint8Array(300_000)])
    stream.end(() => expect.fail("It was destroyed"))
    stream.destroy()
    expect(socket.closings).to.deep.equal([undefined])
    expect(clock.waiting).to.equal(0)
  })

  it("closes immediately when it is destroyed, without further events", () => {
    stream.destroy()
    socket.receive(1)
    socket.onclose!({ code: 1000 })
    expect(socket.closings).to.deep.equal([undefined])
    expect(owner.told).to.deep.equal([])
  })
})

describe("a WebSocket of Node as a stream", () => {
  it("delivers all messages to a peer that reads nothing for a minute, and then closes", async () => {
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false })
    await once(server, "listening")
    const accepted = once(server, "connection")
    const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const [[peer]] = (await Promise.all([accepted, once(socket, "open")])) as [
      [InstanceType<typeof WebSocket>],
      unknown,
    ]
    peer.pause()
    const clock = new FakeClock()
    const stream = new WebSocketStream(socket as AnyWebSocket, plainZws, "", undefined, clock)
    stream.start(new Recorder())
    // Exceeds the buffers of both sides.
    const body = Buffer.alloc(64 * 1024 * 1024, 1)
    stream.write([body])
    const sent = new Promise<void>((resolve) => {
      stream.end(resolve)
    })
    clock.advance(60_000)
    const [heard, left] = [once(peer, "message"), once(peer, "close")]
    peer.resume()
    const [message] = (await heard) as [Buffer]
    expect(message.equals(body)).to.equal(true)
    while (socket.readyState === WebSocket.OPEN) {
      clock.advance(10)
      await new Promise(setImmediate)
    }
    expect((await left)[0]).to.equal(1000)
    await sent
    server.close()
  })
})
