import { expect } from "chai"
import { Context, Pair, Pull } from "../../src/index.js"
import { closing } from "../support/closing.js"
import { hex } from "../support/cuts.js"
import { limitOf } from "../support/events.js"
import { LoopTransport } from "../support/loop-transport.js"
import { GREETING, RawPeer, READY } from "../support/raw-peer.js"
import { texts } from "../support/receiving.js"

describe("a peer that has left while its messages wait for room", () => {
  const use = closing()

  it("counts as departed: no other peer is accepted until its messages are received", async () => {
    const transport = use(new LoopTransport())
    const pull = use(new Pull({ receiveHighWaterMark: 0, receiveHighWaterBytes: 3000 }))
    await pull.bind("loop://departed")
    const messages = Array.from({ length: 20 }, () => Buffer.concat([hex("00 64"), Buffer.alloc(100)]))
    const stream = transport.join("departed")
    stream.say(GREETING, READY.PUSH, ...messages)
    stream.owner!.closed(undefined)
    expect([transport.join("departed").state, pull.stats().queued.in]).to.deep.equal(["destroyed", 8])
    for (let received = 0; received < messages.length; received++) await pull.receive()
    expect(transport.join("departed").state).to.equal("open")
  })

  it("is detected by heartbeats when it resets the connection, even if nothing is read from it", async () => {
    const pull = use(new Pull({ receiveHighWaterMark: 0, receiveHighWaterBytes: 3000, heartbeatInterval: 10 }))
    await pull.bind("tcp://127.0.0.1:*")
    const endpoint = pull.lastEndpoint!
    const peer = use(await RawPeer.handshake(endpoint, "PUSH"))
    peer.write(Buffer.concat(Array.from({ length: 1000 }, () => Buffer.concat([hex("00 64"), Buffer.alloc(100)]))))
    while (pull.stats().queued.in < 8) await new Promise(setImmediate)
    const refused = new Promise<{ error: Error }>((resolve) => pull.events.on("accept:error", resolve))
    peer.socket.resetAndDestroy()
    const knock = async (): Promise<void> => void use(await RawPeer.connect(endpoint))
    pull.events.on("accept", () => void knock())
    await knock()
    expect((await refused).error).to.include({
      limit: "messages of departed peers",
      code: "EMFILE",
      message: "Unreceived messages of departed peers exceed receiveHighWaterBytes",
    })
  })

  for (const dedicatedIoThreads of [0, 1]) {
    it(`does not count if a PAIR has refused it, with ${dedicatedIoThreads} I/O threads`, async () => {
      const pair = use(new Pair({ context: new Context({ dedicatedIoThreads }), receiveHighWaterBytes: 3000 }))
      await pair.bind("tcp://127.0.0.1:*")
      const endpoint = pair.lastEndpoint!
      const refusals: unknown[] = []
      pair.events.on("accept:error", (event) => refusals.push(limitOf(event)))
      const peer = use(await RawPeer.handshake(endpoint, "PAIR"))
      await peer.ping()
      const message = Buffer.concat([hex("00 64"), Buffer.alloc(100)])
      for (let second = 0; second < 30; second++) {
        const other = await RawPeer.connect(endpoint)
        other.write(Buffer.concat([GREETING, READY.PAIR, message, message]))
        await other.closed()
      }
      const left = new Promise((resolve) => pair.events.on("disconnect", resolve))
      peer.close()
      await left
      const next = use(await RawPeer.handshake(endpoint, "PAIR"))
      next.write(hex("0001 61"))
      expect([await texts(pair, 1), refusals]).to.deep.equal([["a"], []])
    })
  }
})
