import { expect } from "chai"
import type { ByteStreamOwner } from "../../src/core/byte-stream.js"
import { WebSocketStream, type AnyWebSocket } from "../../src/transports/web-socket-stream.js"
import { bareZws } from "../../src/zmtp/bare-engine.js"

/** A WebSocket as pages have it, which does what it is told by hand. */
class FakeWebSocket implements AnyWebSocket {
  binaryType = "arraybuffer"
  bufferedAmount = 0
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
  }

  receive(...bytes: number[]): void {
    this.onmessage!({ data: Uint8Array.from(bytes).buffer })
  }
}

/** Keeps what a stream brings. */
class Recorder implements ByteStreamOwner {
  readonly told: unknown[] = []
  readonly #waiting = new Map<string, () => void>()
  onData: () => void = () => undefined

  room(): undefined {
    return undefined
  }

  data(chunk: Uint8Array): void {
    this.told.push([...chunk])
    this.onData()
  }

  alive(): void {
    this.#note("alive")
  }

  drained(): void {
    this.#note("drained")
  }

  closed(error: Error | undefined): void {
    this.#note(`closed: ${error?.message ?? "in good order"}`)
  }

  until(word: string): Promise<void> {
    return new Promise((resolve) => this.#waiting.set(word, resolve))
  }

  #note(word: string): void {
    this.told.push(word)
    this.#waiting.get(word)?.()
  }
}

describe("a WebSocket of a page as a stream", () => {
  let socket: FakeWebSocket
  let owner: Recorder
  let stream: WebSocketStream

  beforeEach(() => {
    socket = new FakeWebSocket()
    owner = new Recorder()
    stream = new WebSocketStream(socket, bareZws, owner, "")
  })

  afterEach(() => {
    stream.destroy()
  })

  it("SHALL have no ping, which pages cannot send", () => {
    expect(stream.ping).to.equal(undefined)
  })

  it("SHALL send each piece as one message, and tell when there is room again", async () => {
    const drained = owner.until("drained")
    expect(stream.write([Uint8Array.of(1), Uint8Array.of(2)])).to.equal(true)
    expect(socket.sent.map(([byte]) => byte)).to.deep.equal([1, 2])
    expect(stream.write([new Uint8Array(300_000)])).to.equal(false)
    expect(owner.told).to.deep.equal([])
    socket.bufferedAmount = 0
    await drained
    expect(owner.told).to.deep.equal(["drained"])
  })

  it("SHALL hold back what comes while it is paused, in order, and pause between two messages", async () => {
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

  it("SHALL tell that the peer has closed after what has waited", async () => {
    stream.pause()
    socket.receive(1)
    socket.onclose!({ code: 1000 })
    expect(owner.told).to.deep.equal([])
    stream.resume()
    await Promise.resolve()
    expect(owner.told).to.deep.equal([[1], "closed: in good order"])
  })

  it("SHALL tell that the connection was cut off when it ends without a closing handshake", () => {
    socket.onclose!({ code: 1006 })
    expect(owner.told).to.deep.equal(["closed: WebSocket was cut off"])
  })

  it("SHALL tell that the WebSocket failed before it closed", () => {
    socket.onerror!({})
    socket.onclose!({ code: 1006 })
    expect(owner.told).to.deep.equal(["closed: WebSocket failed"])
  })

  it("SHALL end with a peer that sends text, and hear no more of it", () => {
    socket.onmessage!({ data: "text" })
    socket.receive(1)
    expect(owner.told).to.deep.equal(["closed: Peer sent text"])
  })

  it("SHALL close in good order, and pass over what still comes", async () => {
    const sent = new Promise((resolve) => {
      stream.end(() => {
        resolve("sent")
      })
    })
    expect(socket.closings).to.deep.equal([1000])
    socket.receive(1)
    socket.onclose!({ code: 1000 })
    expect(await sent).to.equal("sent")
    expect(owner.told).to.deep.equal([])
  })

  it("SHALL wait no longer than a second for a peer that does not close", async () => {
    await new Promise<void>((resolve) => {
      // The timer of a stream keeps no process alive.
      const alive = setInterval(() => undefined, 1000)
      stream.end(() => {
        clearInterval(alive)
        resolve()
      })
    })
    expect(socket.closings).to.deep.equal([1000, undefined])
  })

  it("SHALL close at once when it is destroyed, and its owner hear nothing more", () => {
    stream.destroy()
    socket.receive(1)
    socket.onclose!({ code: 1000 })
    expect(socket.closings).to.deep.equal([undefined])
    expect(owner.told).to.deep.equal([])
  })
})
