import { expect } from "chai"
import { readPacket, type Spm } from "../../src/pgm/packet.js"
import type { Receiver } from "../../src/pgm/receiver.js"
import { encodeSpm, PAYLOAD_AT, writeDataHeader } from "../../src/pgm/write-packet.js"
import { hex } from "../support/cuts.js"
import { CAPTURED_SESSION, receiver, SOURCE } from "../support/pgm.js"

describe("SPMs that anyone can forge, and that announce missing packets", () => {
  function data(sequence: number): Buffer {
    const packet = Buffer.concat([Buffer.alloc(PAYLOAD_AT), hex("0000 0200 61")])
    writeDataHeader(packet, CAPTURED_SESSION, sequence, 0)
    return packet
  }

  /** A receiver, and sources that announce 2^31 packets each. */
  function attacked(): Receiver {
    const sink = receiver({ recoveryInterval: 10_000 })
    const spm = (more: Partial<Spm>): Uint8Array =>
      encodeSpm({ ...CAPTURED_SESSION, sequence: 0, trail: 0, lead: 0, path: "127.0.0.9", end: undefined, ...more })
    for (let sourcePort = 1; sourcePort <= 100; sourcePort++) {
      sink.packet(spm({ sourcePort }), SOURCE, 0)
      sink.packet(spm({ sourcePort, sequence: 1, lead: 0x7fff_0000 }), SOURCE, 0)
    }
    return sink
  }

  it("do not make a receiver send more than 16 KB each second, to however many sources", () => {
    const sink = attacked()
    let sent = 0
    for (let now = 0; now <= 10_000; now += 10) {
      sink.tick(now)
      for (const { packet } of sink.drain()) sent += packet.length
    }
    expect(sent).to.be.within(10 * 15_000, 11 * 16_000)
  })

  it("do not keep a receiver from requests to a source that sends data", () => {
    const sink = attacked()
    for (let sequence = 0; sequence < 20; sequence++) sink.packet(data(sequence), SOURCE, 0)
    sink.packet(data(21), SOURCE, 0)
    let asked = 0
    for (let now = 0; now <= 1000; now += 10) {
      sink.tick(now)
      for (const { packet } of sink.drain()) {
        const read = readPacket(Buffer.from(packet))
        if (read?.kind === "nak" && read.sequences.join() === "20") asked++
      }
    }
    expect(asked).to.be.above(3)
  })
})
