import { expect } from "chai"
import { once } from "node:events"
import { createServer, type AddressInfo, type Socket } from "node:net"
import { MessageChannel, type MessagePort } from "node:worker_threads"
import { Pull, Push } from "../../src/index.js"
import type { Attachment } from "../../src/transport.js"
import { closing } from "../support/closing.js"
import { nextEvent } from "../support/events.js"
import { GREETING, READY } from "../support/raw-peer.js"

describe("a server or proxy that never answers", () => {
  const use = closing()

  for (const [what, answer, options, expected] of [
    ["a WebSocket server that sends nothing", "", {}, "the WebSocket to open"],
    ["a WebSocket server that sends a byte now and then", "HTTP/1.1 101 Switching Pro", {}, "the WebSocket to open"],
    ["a SOCKS proxy that sends nothing", "", { proxy: true }, "the SOCKS proxy to connect"],
    [
      "a SOCKS proxy that sends a byte now and then",
      "\x05\0\x05\0\0\x03\xff",
      { proxy: true },
      "the SOCKS proxy to connect",
    ],
  ] as const) {
    it(`is given up after handshakeInterval, and its connection closed: ${what}`, async () => {
      const sockets: Socket[] = []
      const timers: NodeJS.Timeout[] = []
      const server = createServer((socket) => {
        sockets.push(socket.on("error", () => undefined).resume())
        let said = 0
        timers.push(setInterval(() => void socket.write(answer.slice(said, ++said), "latin1"), 10))
      }).listen(0, "127.0.0.1")
      use({
        close() {
          for (const timer of timers) clearInterval(timer)
          for (const socket of sockets) socket.destroy()
          server.close()
        },
      })
      await once(server, "listening")
      const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
      const proxy = "proxy" in options
      const push = use(new Push({ handshakeInterval: 100, ...(proxy ? { socksProxy: address } : {}) }))
      const closed = nextEvent(push, "close")
      push.connect(proxy ? "tcp://127.0.0.1:1234" : `ws://${address}`)
      const { error } = await closed
      expect(error).to.include({ code: "ETIMEDOUT" })
      expect((error!.cause as Error).message).to.equal(`Timed out after 100 ms waiting for ${expected}`)
      const [socket] = sockets
      if (!socket!.closed) await new Promise((resolve) => socket!.once("close", resolve))
    })
  }
})

describe("a message channel whose other side does not wait for acknowledgments", () => {
  const use = closing()
  const CHUNK = 60_000

  /** A PULL with room for one message, and the other end of its channel, which acts as a PUSH. */
  async function flooded(): Promise<[Pull, Attachment, MessagePort]> {
    const pull = use(new Pull({ receiveHighWaterMark: 1 }))
    pull.events
    const { port1, port2 } = new MessageChannel()
    use({
      close: () => {
        port2.close()
      },
    })
    const attaching = pull.attach(port1, { role: "accept" })
    port2.postMessage(Buffer.concat([GREETING, READY.PUSH]))
    return [pull, await attaching, port2]
  }

  it("is closed", async () => {
    const [pull, attachment, port] = await flooded()
    const message = Buffer.concat([Buffer.of(2, 0, 0, 0, 0, 0, 0, CHUNK >>> 8, CHUNK & 0xff), Buffer.alloc(CHUNK)])
    for (let sent = 0; sent < 20; sent++) port.postMessage(message)
    port.start()
    await once(port, "close")
    // The event is emitted after all messages that were read before it have been received.
    while (pull.stats().peers > 0 || pull.stats().queued.in > 0) await pull.receive()
    const { reason, error } = await attachment.closed
    expect(reason).to.equal("error")
    expect(error).to.include({ limit: "bytes in flight of a channel" })
    expect(error!.message).to.match(/^Over 262144 bytes in flight/)
  })

  it("delivers any number of one-byte chunks, and ignores empty ones", async () => {
    const [pull, , port] = await flooded()
    const messages = Buffer.concat(Array.from({ length: 300 }, (_, index) => Buffer.of(0, 1, index % 251)))
    for (const byte of messages) {
      port.postMessage(new Uint8Array(0))
      port.postMessage(Uint8Array.of(byte))
    }
    const received: number[] = []
    while (received.length < 300) received.push((await pull.receive())[0]![0]!)
    expect(received).to.deep.equal(Array.from({ length: 300 }, (_, index) => index % 251))
  })
})
