import { expect } from "chai"
import type { ByteStream, ByteStreamOwner } from "../../src/core/byte-stream.js"
import { Pull } from "../../src/index.js"
import { MAX_HANDSHAKES } from "../../src/transports/listener.js"
import { StreamTransport, type StreamDriver } from "../../src/transports/stream-transport.js"
import { registerTransport } from "../../src/transports/transport.js"
import { Loopback } from "../support/loopback.js"
import { GREETING_3_1, READY } from "../support/vectors.js"

describe("a listener whose peers do not finish their handshakes", () => {
  it(`SHALL keep ${MAX_HANDSHAKES} of them, and end the oldest for one more`, async () => {
    let accept!: (open: (owner: ByteStreamOwner) => ByteStream) => void
    const driver: StreamDriver = {
      delays: false,
      listen: (_address, _options, accepted) => {
        accept = accepted
        return Promise.resolve({ endpoint: "loop://back", close: () => Promise.resolve() })
      },
      listenSync: () => expect.fail("Nobody asks for it"),
      check: () => undefined,
      dial: () => expect.fail("Nobody asks for it"),
    }
    registerTransport("loop", new StreamTransport("loop", driver))
    const join = (): Loopback => {
      const stream = new Loopback()
      accept((owner) => {
        stream.owner = owner
        return stream
      })
      return stream
    }
    const pull = new Pull()
    await pull.bind("loop://back")
    const ready = join()
    ready.say(GREETING_3_1, READY.PUSH)
    const streams = Array.from({ length: MAX_HANDSHAKES }, join)
    expect(streams.every(({ state }) => state === "open")).to.equal(true)
    const events: string[] = []
    pull.events.on("handshake:error:other", ({ type }) => events.push(type))
    join()
    expect(streams.map(({ state }) => state).indexOf("destroyed")).to.equal(0)
    expect(streams.filter(({ state }) => state === "destroyed")).to.have.length(1)
    expect(ready.state).to.equal("open")
    await Promise.resolve()
    expect(events).to.deep.equal(["handshake:error:other"])
    pull.linger = 0
    pull.close()
    expect(ready.state).to.equal("destroyed")
  })
})
