import { expect } from "chai"
import { Pull } from "../../src/index.js"
import { closing } from "../support/closing.js"
import { hex } from "../support/cuts.js"
import { LoopTransport } from "../support/loop-transport.js"
import { GREETING, RawPeer, READY } from "../support/raw-peer.js"

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
    expect((await refused).error).to.include({ limit: "messages of departed peers" })
  })
})
