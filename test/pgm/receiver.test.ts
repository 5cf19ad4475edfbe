import { expect } from "chai"
import { MAX_RECEIVE_WINDOW, MAX_SOURCES } from "../../src/pgm/limits.js"
import { readPacket, type Nak, type Spm } from "../../src/pgm/packet.js"
import type { Receiver } from "../../src/pgm/receiver.js"
import {
  encodeNak,
  encodeSpm,
  encodeSpmRequest,
  PAYLOAD_AT,
  repairOf,
  writeDataHeader,
} from "../../src/pgm/write-packet.js"
import { hex } from "../support/cuts.js"
import { CAPTURED, CAPTURED_SESSION, GROUP, received, receiver, reports, SOURCE } from "../support/pgm.js"

const NAME = "b7.c6.d1.bc.03.8a.5112"

/** A packet of the captured session that contains one message: its own sequence number. */
function data(sequence: number, { trail = 0, apdu = hex("0000 0200"), text = String(sequence % 10) } = {}): Buffer {
  const payload = Buffer.concat([apdu, Buffer.from(text)])
  const packet = Buffer.concat([Buffer.alloc(PAYLOAD_AT), payload])
  writeDataHeader(packet, CAPTURED_SESSION, sequence, trail)
  return packet
}

function spm(sequence: number, trail: number, lead: number, more: Partial<Spm> = {}): Uint8Array {
  return encodeSpm({ ...CAPTURED_SESSION, sequence, trail, lead, path: SOURCE.address, end: undefined, ...more })
}

function confirmation(...sequences: number[]): Uint8Array {
  return encodeNak({ kind: "ncf", ...CAPTURED_SESSION, sequences, source: SOURCE.address, group: GROUP })
}

/** Passes packets to the receiver at the time `now`. */
function take(receiver: Receiver, now: number, ...packets: Uint8Array[]): void {
  for (const packet of packets) receiver.packet(packet, SOURCE, now)
}

/** A summary of the outgoing packets. */
function requests(receiver: Receiver): string[] {
  return receiver.drain().map(({ packet: bytes, to }) => {
    const packet = readPacket(bytes)!
    const target = to === "group" ? "group" : to.port === undefined ? to.address : `${to.address}:${to.port}`
    return `${packet.kind}${packet.kind === "nak" ? ` ${packet.sequences.join()}` : ""} to ${target}`
  })
}

describe("a receiver (RFC 3208, section 6)", () => {
  it("parses what libzmq has sent", () => {
    const sink = receiver()
    take(sink, 0, ...CAPTURED.spms, ...CAPTURED.data)
    expect(received(sink)).to.deep.equal([
      ["topic", "0000000000"],
      ["topic", "1111111111"],
      ["topic", "2222222222"],
    ])
    expect([sink.sources, requests(sink), reports(sink), sink.repaired]).to.deep.equal([1, [], [], 0])
  })

  it("sends requests to libzmq as libzmq would", () => {
    const sink = receiver({ random: () => 0 })
    take(sink, 0, ...CAPTURED.spms, CAPTURED.data[0], CAPTURED.data[2])
    sink.tick(0)
    const [{ packet, to } = { packet: undefined, to: undefined }] = sink.drain()
    expect(to).to.deep.equal({ address: "10.99.0.1" })
    expect(readPacket(packet!)).to.deep.equal({
      ...(readPacket(CAPTURED.nak) as Nak),
      ...CAPTURED_SESSION,
      sequences: [1],
      source: "10.99.0.1",
      group: GROUP,
    })
    expect(Buffer.from(packet!).subarray(0, 4)).to.deep.equal(hex("15b3 13f8"))
  })

  it("allocates nothing for each packet while it has nothing to send", () => {
    const sink = receiver()
    const before = sink.drain()
    take(sink, 0, ...CAPTURED.spms, ...CAPTURED.data)
    expect(sink.drain()).to.equal(before)
  })

  it("begins with the next complete message when it joins late", () => {
    const sink = receiver()
    take(sink, 0, data(7, { apdu: hex("ffff"), text: "tail" }), data(8, { apdu: hex("0002 6162 0200"), text: "x" }))
    expect(received(sink)).to.deep.equal([["x"]])
    take(sink, 0, data(6), data(5))
    expect([received(sink), reports(sink)]).to.deep.equal([[], []])
  })

  it("begins after the packets that an SPM announces", () => {
    const sink = receiver()
    take(sink, 0, spm(4, 0, 9), data(9), data(10))
    expect(received(sink)).to.deep.equal([["0"]])
  })

  it("delivers repaired packets in order, and counts them", () => {
    const sink = receiver()
    take(sink, 0, ...CAPTURED.spms, data(0), data(3), data(2))
    expect(received(sink)).to.deep.equal([["0"]])
    take(sink, 0, repairOf(data(1), 0), repairOf(data(1), 0))
    expect([received(sink), sink.repaired]).to.deep.equal([[["1"], ["2"], ["3"]], 2])
  })

  it("requests missing packets, as a list of at most 63", () => {
    const sink = receiver({ random: () => 0 })
    take(sink, 0, ...CAPTURED.spms, data(0), data(100))
    expect(sink.due).to.equal(0)
    sink.tick(0)
    const list = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index)
    expect(requests(sink)).to.deep.equal([
      `nak ${list(1, 63).join()} to 10.99.0.1`,
      `nak ${list(64, 99).join()} to 10.99.0.1`,
    ])
    expect(sink.due).to.equal(200)
  })

  it("detects from SPMs that the last packet is missing", () => {
    const sink = receiver({ random: () => 0 })
    take(sink, 0, ...CAPTURED.spms, data(0), spm(3, 0, 2))
    sink.tick(0)
    expect(requests(sink)).to.deep.equal(["nak 1,2 to 10.99.0.1"])
  })

  it("waits for a repair that is confirmed", () => {
    const sink = receiver({ random: () => 0 })
    take(sink, 0, ...CAPTURED.spms, data(0), data(3))
    sink.tick(0)
    sink.drain()
    take(sink, 150, confirmation(1, 2))
    sink.tick(200)
    expect([requests(sink), sink.due]).to.deep.equal([[], 350])
    sink.tick(350)
    sink.tick(350)
    expect(requests(sink)).to.deep.equal(["nak 1,2 to 10.99.0.1"])
  })

  it("stays quiet when another receiver sends a request or it is confirmed, for this group", () => {
    const sink = receiver()
    const peer = (group: string, sequence: number) =>
      encodeNak({ kind: "nak", ...CAPTURED_SESSION, sequences: [sequence], source: SOURCE.address, group })
    take(sink, 0, ...CAPTURED.spms, data(0), data(3))
    take(sink, 10, peer("239.192.1.2", 2), peer(GROUP, 1))
    sink.tick(25)
    expect(requests(sink)).to.deep.equal(["nak 2 to 10.99.0.1"])
  })

  it("sends requests also to the group and the origin of packets if none is confirmed", () => {
    const sink = receiver({ random: () => 0 })
    take(sink, 0, spm(0, 0, 0xffff_ffff, { path: "10.99.0.254" }), data(0), data(2))
    sink.tick(0)
    expect(requests(sink)).to.deep.equal(["nak 1 to 10.99.0.254"])
    sink.tick(200)
    sink.tick(200)
    expect(requests(sink)).to.deep.equal([
      "nak 1 to 10.99.0.254",
      "nak 1 to group",
      `nak 1 to ${SOURCE.address}:${SOURCE.port}`,
    ])
  })

  it("sends them to the origin of the latest data, unless that is a repair by another host", () => {
    const moved = { address: "10.99.0.9", port: 7 }
    for (const [packet, expected] of [
      [data(3), "10.99.0.9:7"],
      [repairOf(data(3), 0), `${SOURCE.address}:${SOURCE.port}`],
    ] as const) {
      const sink = receiver({ random: () => 0 })
      take(sink, 0, spm(0, 0, 0xffff_ffff, { path: "10.99.0.254" }), data(0), data(2))
      sink.packet(packet, moved, 0)
      sink.tick(0)
      sink.tick(200)
      expect(requests(sink).at(-1)).to.equal(`nak 1 to ${expected}`)
    }
  })

  it("requests an SPM once from a source that has not announced the address for NAKs", () => {
    const sink = receiver()
    take(sink, 0, data(0))
    expect(sink.due).to.equal(25)
    sink.tick(24)
    expect(requests(sink)).to.deep.equal([])
    sink.tick(25)
    expect(requests(sink)).to.deep.equal(["spmr to group", "spmr to 10.99.0.1"])
    sink.tick(10_000)
    expect([requests(sink), sink.due]).to.deep.equal([[], 300_000])
  })

  it("does not request an SPM that has arrived, or that another receiver has requested", () => {
    for (const packet of [CAPTURED.spms[0], encodeSpmRequest(CAPTURED_SESSION)]) {
      const sink = receiver()
      take(sink, 0, data(0))
      take(sink, 10, packet)
      sink.tick(25)
      expect(requests(sink)).to.deep.equal([])
    }
    const sink = receiver()
    take(sink, 0, data(0), encodeSpmRequest({ ...CAPTURED_SESSION, gsi: 1 }))
    sink.tick(25)
    expect(requests(sink).length).to.equal(2)
  })

  it("sends NAKs to the origin of packets until an SPM has arrived", () => {
    const sink = receiver({ random: () => 0 })
    take(sink, 0, data(0), data(2))
    sink.tick(0)
    expect(requests(sink)).to.deep.equal(["nak 1 to 10.99.0.1"])
  })

  it("ignores SPMs that arrive late", () => {
    const sink = receiver({ random: () => 0 })
    take(sink, 0, spm(5, 0, 0xffff_ffff, { path: "10.99.0.5" }), data(0))
    take(sink, 0, spm(4, 0, 7, { path: "10.99.0.4" }), data(2))
    sink.tick(0)
    expect(requests(sink)).to.deep.equal(["nak 1 to 10.99.0.5"])
  })

  it("reports packets that its source no longer repairs, and joins again at a complete message", () => {
    const sink = receiver()
    const begun = data(1, { apdu: hex("0000 0500"), text: "ab" })
    take(sink, 0, ...CAPTURED.spms, data(0), begun, data(4, { apdu: hex("0002 6364 0200"), trail: 4 }))
    expect([received(sink), reports(sink)]).to.deep.equal([
      [["0"], ["4"]],
      [{ kind: "loss", source: NAME, range: { first: 2, last: 3 }, packets: 2 }],
    ])
  })

  it("reports packets that were not repaired within the recovery interval", () => {
    const sink = receiver({ recoveryInterval: 1000 })
    take(sink, 0, ...CAPTURED.spms, data(0), data(2))
    sink.tick(999)
    expect([received(sink), reports(sink)]).to.deep.equal([[["0"]], []])
    expect(sink.due).to.be.at.most(1000)
    sink.tick(1000)
    expect([received(sink), reports(sink)]).to.deep.equal([
      [["2"]],
      [{ kind: "loss", source: NAME, range: { first: 1, last: 1 }, packets: 1 }],
    ])
  })

  it("keeps messages that were not received yet", () => {
    const sink = receiver()
    take(sink, 0, ...CAPTURED.spms, data(0), data(1))
    expect(sink.receive()?.toString()).to.equal("0")
    take(sink, 0, data(2), data(3))
    expect(received(sink)).to.deep.equal([["1"], ["2"], ["3"]])
  })

  it("distinguishes sessions by id and port, so that a restarted sender is a new one", () => {
    const sink = receiver()
    const other = data(0, { text: "n" })
    writeDataHeader(other, { ...CAPTURED_SESSION, gsi: 1 }, 0, 0)
    const port = data(0, { text: "p" })
    writeDataHeader(port, { ...CAPTURED_SESSION, sourcePort: 1 }, 0, 0)
    take(sink, 0, ...CAPTURED.spms, data(0), data(1), other, port, data(2))
    expect([received(sink).flat().sort(), sink.sources]).to.deep.equal([["0", "1", "2", "n", "p"], 3])
  })

  it("ignores packets of other ports", () => {
    const sink = receiver({ port: 5556 })
    take(sink, 0, ...CAPTURED.spms, ...CAPTURED.data)
    expect([sink.sources, received(sink)]).to.deep.equal([0, []])
  })

  it("ignores invalid packets, and packets about unknown sources", () => {
    const sink = receiver()
    take(sink, 0, Buffer.from("noise"), confirmation(1), encodeSpmRequest(CAPTURED_SESSION), CAPTURED.nak)
    expect([sink.sources, sink.due, requests(sink)]).to.deep.equal([0, Infinity, []])
  })

  it("assembles fragments", () => {
    const fragment = (sequence: number, offset: number, part: string) => {
      const option = Buffer.alloc(20)
      option.set(hex("0004 0014 8110 0000 00000000"))
      option.writeUInt32BE(offset, 12)
      option.writeUInt32BE(8, 16)
      const packet = Buffer.concat([Buffer.alloc(PAYLOAD_AT), option, hex(part)])
      writeDataHeader(packet, CAPTURED_SESSION, sequence, 0)
      packet.writeUInt16BE(part.length / 2, 14)
      packet[5] = 1
      packet.writeUInt16BE(0, 6)
      return packet
    }
    const seal = (packet: Buffer) => {
      let sum = 0
      for (let at = 0; at < packet.length; at += 2) sum += packet[at]! * 256 + (packet[at + 1] ?? 0)
      while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
      packet.writeUInt16BE(0xffff - sum, 6)
      return packet
    }
    const sink = receiver()
    take(sink, 0, ...CAPTURED.spms, seal(fragment(0, 0, "00000500")), seal(fragment(1, 4, "61626364")), data(2))
    expect(received(sink)).to.deep.equal([["abcd"], ["2"]])
    // If a message is incomplete, the fragments of the next one that starts in its middle are also dropped.
    take(sink, 0, data(3, { apdu: hex("0000 0500"), text: "ab" }), seal(fragment(4, 4, "61626364")))
    take(sink, 0, data(5, { apdu: hex("ffff"), text: "cd" }), data(6))
    expect(received(sink)).to.deep.equal([["6"]])
  })

  it("reports a source that sends invalid messages, and joins it again", () => {
    const sink = receiver({ maxMessageSize: 3 })
    take(sink, 0, ...CAPTURED.spms, data(0), data(1, { apdu: hex("00ff"), text: "" }), data(2))
    take(sink, 0, data(3, { apdu: hex("0000 0600"), text: "large" }), data(4))
    expect(received(sink)).to.deep.equal([["0"], ["2"], ["4"]])
    const [offset, large] = reports(sink)
    expect(offset).to.deep.include({ kind: "fault", source: NAME })
    expect(large).to.have.nested.property("error.limit", "maxMessageSize")
  })

  it("removes a source after 300 s without a packet", () => {
    const sink = receiver()
    take(sink, 0, ...CAPTURED.spms, data(0))
    take(sink, 1000, data(2))
    sink.tick(300_999)
    expect(sink.sources).to.equal(1)
    sink.tick(301_000)
    expect([sink.sources, sink.due]).to.deep.equal([0, Infinity])
    take(sink, 301_000, data(7))
    expect(received(sink).flat()).to.include("7")
  })

  it("frees the memory of packets from a source that it removes", () => {
    const sink = receiver()
    const from = (gsi: number, now: number, packet: Buffer, ...sequences: number[]): void => {
      for (const sequence of sequences) {
        writeDataHeader(packet, { ...CAPTURED_SESSION, gsi }, sequence, 0)
        take(sink, now, packet)
      }
    }
    const large = data(0, { apdu: hex("0000 ff 000000000000fa01 00"), text: "x".repeat(64_000) })
    const count = Math.ceil(MAX_RECEIVE_WINDOW / 64_000)
    const texts = (): string[] => received(sink).flat()
    from(1, 0, data(0), 0)
    from(2, 1000, data(0), 0)
    expect(texts()).to.deep.equal(["0", "0"])
    // Packet 1 is missing, so the others wait until the source is removed. They take 64 MiB, so this test has a longer
    // timeout, with which `npm run mutation` does not repeat it.
    from(1, 0, large, ...Array.from({ length: count }, (_, index) => index + 2))
    from(2, 1000, data(2), 2)
    from(2, 1000, data(1), 1)
    expect(texts()).to.deep.equal(["1"])
    sink.tick(300_000)
    expect(sink.sources).to.equal(1)
    from(2, 300_000, data(3), 3)
    from(2, 300_000, data(2), 2)
    expect(texts()).to.deep.equal(["2", "3"])
  }).timeout(20_000)

  it("removes a session that has ended after the recovery interval, and delivers nothing twice until then", () => {
    const sink = receiver({ recoveryInterval: 1000 })
    take(sink, 0, ...CAPTURED.spms, data(0), spm(3, 0, 0, { end: "fin" }))
    expect(received(sink)).to.deep.equal([["0"]])
    take(sink, 500, data(0))
    sink.tick(1499)
    expect([received(sink), sink.sources]).to.deep.equal([[], 1])
    sink.tick(1500)
    expect(sink.sources).to.equal(0)
  })

  it("keeps requesting missing packets when a session ends, and gives it up when it fails", () => {
    const sink = receiver({ random: () => 0 })
    take(sink, 0, ...CAPTURED.spms, data(0), spm(3, 0, 2, { end: "fin" }))
    sink.tick(0)
    expect(requests(sink)).to.deep.equal(["nak 1,2 to 10.99.0.1"])
    const failed = Buffer.from(spm(4, 0, 2, { end: "fin" }))
    failed[40] = 0x8f
    failed.writeUInt16BE(0, 6)
    take(sink, 10, failed)
    received(sink)
    expect(reports(sink)).to.deep.equal([{ kind: "loss", source: NAME, range: { first: 1, last: 2 }, packets: 2 }])
  })

  it(`follows at most ${MAX_SOURCES} sources, and reports an excess once until one has expired`, () => {
    const sink = receiver()
    const from = (gsi: number, now: number) => {
      const packet = data(0, { text: "x" })
      writeDataHeader(packet, { ...CAPTURED_SESSION, gsi }, 0, 0)
      take(sink, now, packet)
    }
    for (let gsi = 0; gsi < MAX_SOURCES + 10; gsi++) from(gsi, gsi < 1 ? 0 : 1000)
    expect([sink.sources, received(sink).length]).to.deep.equal([MAX_SOURCES, MAX_SOURCES])
    const [report, ...others] = reports(sink)
    expect(report).to.have.nested.property("error.limit", "sources of a group")
    expect(others).to.deep.equal([])
    sink.tick(300_000)
    for (let gsi = MAX_SOURCES; gsi < MAX_SOURCES + 5; gsi++) from(gsi, 300_000)
    expect([sink.sources, reports(sink).length]).to.deep.equal([MAX_SOURCES, 1])
  })

  it("requests no more than 128 kbit/s, after one second's worth, for sources that send only SPMs", () => {
    const sink = receiver({ random: () => 0 })
    for (let sourcePort = 1; sourcePort <= 50; sourcePort++) {
      take(sink, 0, spm(0, 0, 0, { sourcePort }), spm(1, 0, 5000, { sourcePort }))
    }
    let sent = 0
    for (const now of [0, 200, 400, 600, 800, 1000]) {
      sink.tick(now)
      sent += sink.drain().reduce((sum, { packet }) => sum + packet.length, 0)
      // What remains is less than one packet for each of three targets.
      expect(sent, `after ${now} ms`).to.be.within(16 * (1000 + now) - 1000, 16 * (1000 + now))
    }
  })

  it("sends as many more bytes of requests to a source as it has sent data before", () => {
    const sent = [500, 100_000].map((size) => {
      const sink = receiver({ random: () => 0 })
      // Use up the allowance that all sources share.
      for (let sourcePort = 1; sourcePort <= 50; sourcePort++) {
        take(sink, 0, spm(0, 0, 0, { sourcePort }), spm(1, 0, 5000, { sourcePort }))
      }
      sink.tick(0)
      sink.drain()
      for (let sequence = 0; sequence * 500 < size; sequence++) take(sink, 0, data(sequence, { text: "x".repeat(466) }))
      take(sink, 0, data(10_000))
      sink.tick(0)
      return sink.drain().filter(({ packet }) => readPacket(packet)!.sourcePort === CAPTURED_SESSION.sourcePort).length
    })
    // 1,024 packets are requested: 16 NAKs of 276 bytes for 63 packets each, and a short one for the rest.
    expect(sent).to.deep.equal([2, 17])
  })

  it("keeps the newest reports if they are not read", () => {
    const sink = receiver({ maxMessageSize: 0 })
    take(sink, 0, ...CAPTURED.spms)
    for (let sequence = 0; sequence < 1100; sequence++) take(sink, 0, data(sequence))
    received(sink)
    expect(reports(sink).length).to.equal(1024)
  })
})
