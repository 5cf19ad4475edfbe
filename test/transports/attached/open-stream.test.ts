import { expect } from "chai"
import { connect, createServer, type AddressInfo } from "node:net"
import { once } from "node:events"
import { PassThrough } from "node:stream"
import { MessageChannel } from "node:worker_threads"
import { systemClock } from "../../../src/core/runtime/clock.js"
import type { AnyStream } from "../../../src/transports/attached/any-stream.js"
import { openStream } from "../../../src/transports/attached/open-stream.js"
import { ChannelStream } from "../../../src/transports/attached/channel-stream.js"
import { DuplexStream } from "../../../src/transports/attached/duplex-stream.js"
import { WebByteStream } from "../../../src/transports/attached/web-byte-stream.js"
import { closing } from "../../support/closing.js"
import { duplexPair, webPair } from "../../support/duplex-pair.js"
import { thrown } from "../../support/receiving.js"

describe("openStream", () => {
  const use = closing()
  const open = (stream: unknown, peerAddress?: string) => {
    const opened = openStream(stream as AnyStream, peerAddress, systemClock)
    use({ close: () => opened.destroy() })
    return opened
  }

  it("accepts a duplex of Node, and two streams of Node", () => {
    expect(open(duplexPair()[0])).to.be.instanceOf(DuplexStream)
    expect(open({ readable: new PassThrough(), writable: new PassThrough() })).to.be.instanceOf(DuplexStream)
  })

  it("accepts a pair of Web streams", () => {
    expect(open(webPair()[0])).to.be.instanceOf(WebByteStream)
  })

  it("accepts a message port", () => {
    const { port1, port2 } = new MessageChannel()
    use(port2)
    expect(open(port1)).to.be.instanceOf(ChannelStream)
  })

  it("uses the address of the connection unless another is given", async () => {
    const server = createServer().listen(0, "127.0.0.1")
    use(server)
    await once(server, "listening")
    const dial = async () => {
      const socket = connect((server.address() as AddressInfo).port, "127.0.0.1")
      await once(socket, "connect")
      return socket
    }
    expect(open(await dial()).peerAddress).to.equal("127.0.0.1")
    expect(open(await dial(), "192.0.2.1").peerAddress).to.equal("192.0.2.1")
    expect(open(webPair()[0]).peerAddress).to.equal("")
    expect(open(webPair()[0], "192.0.2.1").peerAddress).to.equal("192.0.2.1")
  })

  for (const [name, value] of [
    ["Undefined", undefined],
    ["Null", null],
    ["String", "stdin"],
    ["Object", {}],
    ["Promise", Promise.resolve()],
    ["Object", { readable: new PassThrough() }],
    ["Object", { readable: new ReadableStream(), writable: new PassThrough() }],
    ["Object", { readable: {}, writable: {} }],
    ["ReadableStream", new ReadableStream()],
  ] as const) {
    it(`rejects what is not a stream in both directions, and reports its kind: ${name}`, () => {
      expect(thrown(() => open(value))).to.include({
        code: "EINVAL",
        message: `Invalid stream: expected a Duplex, { readable, writable }, or a message port, got ${name}`,
      })
    })
  }

  it("rejects Web streams that are locked", () => {
    const [pair] = webPair()
    pair.writable.getWriter()
    expect(thrown(() => open(pair))).to.include({
      code: "EINVAL",
      message: "The stream is locked by another reader or writer",
    })
  })
})
