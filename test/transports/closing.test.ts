import { expect } from "chai"
import { once } from "node:events"
import { connect, type Socket as NetSocket } from "node:net"
import { Pull, Push } from "../../src/index.js"
import { hex } from "../support/cuts.js"

/** Greeting and READY of a PUSH, as libzmq sends them. */
const HELLO = Buffer.concat([
  hex("ff00000000000000017f0301 4e554c4c"),
  Buffer.alloc(48),
  hex("041a 055245414459 0b536f636b65742d54797065 00000004 50555348"),
])

describe("a peer that closes while the socket is full", () => {
  it("does not lose messages that it has sent", async () => {
    const pull = new Pull({ receiveHighWaterMark: 5 })
    await pull.bind("tcp://127.0.0.1:*")
    const peer: NetSocket = connect(Number(pull.lastEndpoint!.split(":").pop()), "127.0.0.1")
    const messages = Array.from({ length: 1000 }, (_, number) => Buffer.from(`\x00\x04${String(number).padStart(4)}`))
    const handshaken = (async () => {
      for await (const { type } of pull.events) if (type === "handshake") return
    })()
    peer.write(HELLO)
    await handshaken
    peer.end(Buffer.concat(messages))
    await once(peer.resume(), "close")

    for (let number = 0; number < 1000; number++) expect(Number(await pull.receive())).to.equal(number)
    pull.close()
  })

  for (const endpoint of ["tcp://127.0.0.1:*", "ipc://*"]) {
    it(`does not lose messages over ${endpoint.slice(0, 3)} if it uses this library`, async () => {
      const pull = new Pull({ receiveHighWaterMark: 10 })
      await pull.bind(endpoint)
      const push = new Push()
      push.connect(pull.lastEndpoint!)
      const sent = (async () => {
        for (let number = 0; number < 20_000; number++) await push.send(String(number))
        push.close()
      })()
      for (let number = 0; number < 20_000; number++) expect(Number(await pull.receive())).to.equal(number)
      await sent
      pull.close()
    })
  }
})
