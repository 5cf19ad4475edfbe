import { expect } from "chai"
import { Pull } from "../../src/index.js"
import { closing } from "../support/closing.js"
import { hex } from "../support/cuts.js"
import { RawPeer } from "../support/raw-peer.js"

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe("a high-water mark that is lowered while a large message arrives", () => {
  const use = closing()

  it("does not change the message: bytes that wait for room are not overwritten by later ones", async () => {
    const pull = use(new Pull())
    await pull.bind("tcp://127.0.0.1:*")
    const peer = await RawPeer.handshake(pull.lastEndpoint!, "PUSH")
    const body = Buffer.from(Uint8Array.from({ length: 1_000_000 }, (_, index) => index % 251))
    const rest = Buffer.concat([hex("00 01 41 02 00000000000f4240"), body])
    let sent = 0
    /** Sends up to `end`, and waits until at least `least` bytes of that have arrived. */
    const send = async (end: number, least: number): Promise<void> => {
      const before = pull.stats().bytesIn
      peer.socket.write(rest.subarray(sent, end))
      sent = end
      while (pull.stats().bytesIn < before + least) await turn()
    }
    await send(100_000, 100_000)
    expect(pull.stats().queued.in).to.equal(1)
    pull.receiveHighWaterMark = 1
    // The first of these bytes are read into memory of the body, and the next ones make the socket pause.
    await send(150_000, 1)
    await send(rest.length, 0)
    expect(String((await pull.receive())[0])).to.equal("A")
    const [frame] = await pull.receive()
    expect(body.equals(frame!)).to.equal(true)
    peer.socket.destroy()
  })
})
