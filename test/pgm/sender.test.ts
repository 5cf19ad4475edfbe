import { expect } from "chai"
import { MAX_REPAIRS } from "../../src/pgm/limits.js"
import { readPacket, type Nak } from "../../src/pgm/packet.js"
import { leastPacket, type Sender } from "../../src/pgm/sender.js"
import { encodeNak, encodeSpmRequest } from "../../src/pgm/write-packet.js"
import { message } from "../support/messages.js"
import { CAPTURED, CAPTURED_SESSION, GROUP, packetsOf, sender, SOURCE } from "../support/pgm.js"

function nak(...sequences: number[]): Nak {
  return { kind: "nak", ...CAPTURED_SESSION, sequences, source: SOURCE.address, group: GROUP }
}

/** A summary of the outgoing packets: types and sequence numbers. */
function summary(sender: Sender): string[] {
  return packetsOf(sender).map((bytes) => {
    const packet = readPacket(bytes)!
    if (packet.kind === "spm") return `spm ${packet.sequence}: ${packet.trail}-${packet.lead | 0}${packet.end ?? ""}`
    if (packet.kind === "data") return `${packet.repair ? "rdata" : "odata"} ${packet.sequence}`
    return packet.kind === "ncf" ? `ncf ${packet.sequences.join()}` : packet.kind
  })
}

/** A session that has sent `count` packets, each with its own message. */
function sent(count: number, options: Parameters<typeof sender>[0] = {}, now = 0): Sender {
  const source = sender(options, now)
  for (let index = 0; index < count; index++) {
    source.push(message(String(index)), now)
    source.flush(now)
  }
  source.drain()
  return source
}

describe("a sender (RFC 3208, section 5)", () => {
  it("sends what libzmq has sent, byte for byte", () => {
    const source = sender()
    source.start(0)
    expect(packetsOf(source)).to.deep.equal(CAPTURED.spms)
    for (const [index, packet] of CAPTURED.data.entries()) {
      source.push(message("topic", String(index).repeat(10)), index * 50)
      source.flush(index * 50)
      expect(packetsOf(source)).to.deep.equal([packet])
    }
    for (let number = 3; number < 38; number++) {
      source.push(message("topic", String(number).repeat(10)), 200)
      source.flush(200)
    }
    for (const number of ["38", "39"]) source.push(message("topic", number.repeat(10)), 200)
    source.flush(200)
    expect(packetsOf(source).at(-1)).to.deep.equal(CAPTURED.pair)
    expect(source.due).to.equal(300)
    source.tick(300)
    expect(packetsOf(source)).to.deep.equal([CAPTURED.heartbeat])
    source.end(310)
    expect(packetsOf(source)[0]).to.deep.equal(CAPTURED.fin)
  })

  it("fills packets, and sends the rest when it is flushed", () => {
    const source = sender({ maxPacket: 100 })
    source.push(message("x".repeat(140)), 0)
    expect(packetsOf(source).map(({ length }) => length)).to.deep.equal([72, 72, 72])
    expect([source.writable, source.pending]).to.deep.equal([true, true])
    source.flush(0)
    expect(packetsOf(source).map(({ length }) => length)).to.deep.equal([24 + 2 + 142 - 3 * 46])
    expect(source.pending).to.equal(false)
    source.flush(0)
    expect(packetsOf(source)).to.deep.equal([])
  })

  it("sends the last byte of a message when it is flushed", () => {
    const source = sender({ maxPacket: 100 })
    // A header of two bytes and 45 bytes, of which 46 fit.
    source.push(message("x".repeat(45)), 0)
    expect([packetsOf(source).length, source.pending]).to.deep.equal([1, true])
    source.flush(0)
    expect([packetsOf(source).map(({ length }) => length), source.pending]).to.deep.equal([[24 + 2 + 1], false])
  })

  it("returns each packet once, so that the caller may keep it", () => {
    const source = sender()
    const nothing = source.drain()
    source.push(message("a"), 0)
    source.flush(0)
    expect([nothing.length, source.drain().length, source.drain().length]).to.deep.equal([0, 1, 0])
  })

  it("leaves room for the headers of IPv6", () => {
    const v6 = { path: "fe80:0:0:0:0:0:0:1", group: "ff02:0:0:0:0:0:0:99", maxPacket: 100 }
    const source = sender(v6)
    source.push(message("x".repeat(140)), 0)
    expect(packetsOf(source)[0]?.length).to.equal(52)
    expect([leastPacket(GROUP), leastPacket(v6.group)]).to.deep.equal([55, 75])
    const smallest = sender({ maxPacket: leastPacket(GROUP) })
    smallest.push(message("ab"), 0)
    expect(packetsOf(smallest).length).to.equal(4)
  })

  it("keeps to its rate, and returns when to continue", () => {
    const source = sender({ rate: 100, maxPacket: 100 })
    source.push([Buffer.alloc(46 * 200)], 0)
    // The data for one second, including IP headers.
    expect(packetsOf(source).length).to.equal(125)
    expect([source.writable, source.due]).to.deep.equal([false, 8])
    source.tick(7.9)
    expect(packetsOf(source).length).to.equal(0)
    source.tick(8)
    expect([packetsOf(source).length, source.due]).to.deep.equal([1, 16])
    // One of the packets is the first heartbeat.
    source.tick(608)
    expect([packetsOf(source).length, source.writable, source.due]).to.deep.equal([74 + 1, true, 708])
  })

  it("counts its announcements against its rate, with their headers", () => {
    const source = sender({ rate: 100, maxPacket: 100 })
    // Sends three SPMs of 36 + 28 bytes.
    source.start(0)
    source.push([Buffer.alloc(46 * 200)], 0)
    const kinds = summary(source).map((line) => line.split(" ")[0])
    expect(kinds.filter((kind) => kind === "spm").length).to.equal(3)
    expect(kinds.filter((kind) => kind === "odata").length).to.equal(Math.floor((12_500 - 3 * 64) / 100))
  })

  it("sends flushed data once the rate allows it, whatever else is sent in the meantime", () => {
    const source = sender({ rate: 100, maxPacket: 100 })
    source.push([Buffer.alloc(46 * 125 - 10)], 0)
    source.drain()
    source.push(message("late"), 0)
    source.flush(0)
    expect(summary(source)).to.deep.equal([])
    source.packet(encodeNak(nak(1)), 1)
    expect(summary(source)).to.deep.equal(["ncf 1"])
    source.tick(100)
    expect(summary(source)).to.deep.equal(["spm 0: 0-124", "rdata 1", "odata 125"])
    expect(source.pending).to.equal(false)
  })

  it("counts repairs against its rate, with their headers", () => {
    // 100 kbit/s are 12,500 bytes per second. Each packet has 100 bytes, including headers.
    const source = sender({ rate: 100, maxPacket: 100 })
    source.push([Buffer.alloc(46 * 125 - 10)], 0)
    source.drain()
    source.packet(encodeNak(nak(1, 2, 3)), 0)
    expect(summary(source)).to.deep.equal(["ncf 1,2,3"])
    const repairs = [10, 20, 30, 40, 50].map((now) => {
      source.tick(now)
      return summary(source).filter((line) => line.startsWith("rdata")).length
    })
    expect(repairs.every((count) => count <= 1)).to.equal(true)
    expect(repairs.reduce((sum, count) => sum + count, 0)).to.equal(3)
  })

  it("accepts messages only while less than a packet is queued", () => {
    const source = sender({ rate: 8, maxPacket: 1500 })
    source.push([Buffer.alloc(1500)], 0)
    expect([source.writable, source.pending]).to.deep.equal([true, true])
    source.push([Buffer.alloc(1500)], 0)
    expect([packetsOf(source).length, source.writable]).to.deep.equal([1, false])
  })

  it("confirms requests immediately, and repeats packets", () => {
    const source = sent(5)
    expect(source.packet(encodeNak(nak(1, 3)), 10)).to.equal(true)
    expect(summary(source)).to.deep.equal(["ncf 1,3", "rdata 1", "rdata 3"])
    const [, , repair] = [source.packet(encodeNak(nak(2)), 10), undefined, packetsOf(source)[1]!]
    expect(readPacket(repair)).to.deep.include({ repair: true, sequence: 2, trail: 0 })
  })

  it("announces its window after repairs as it does after data, as libzmq does", () => {
    const source = sent(2)
    const announced = (end: number): number[] => {
      const times: number[] = []
      for (; source.due <= end; source.tick(times.at(-1)!)) times.push(source.due)
      return times
    }
    expect(announced(5000)).to.deep.equal([100, 200, 300, 400, 1700])
    source.packet(encodeNak(nak(1)), 5000)
    expect(announced(9000)).to.deep.equal([5100, 5200, 5300, 5400, 6700])
    // Requests that cannot be answered have no effect.
    source.packet(encodeNak(nak(7)), 9000)
    source.drain()
    expect(source.due).to.be.above(9100)
  })

  it("answers requests of several receivers for one packet once", () => {
    const source = sent(5)
    source.packet(encodeNak(nak(1)), 10)
    source.packet(encodeNak(nak(1)), 29)
    expect(summary(source)).to.deep.equal(["ncf 1", "rdata 1"])
    source.packet(encodeNak(nak(1)), 30)
    expect(summary(source)).to.deep.equal(["ncf 1", "rdata 1"])
  })

  it("repeats a packet once that was requested again while it was queued", () => {
    const source = sent(2, { rate: 8, maxPacket: 1500 })
    source.push([Buffer.alloc(1320)], 0)
    source.flush(0)
    source.drain()
    source.packet(encodeNak(nak(0)), 0)
    source.packet(encodeNak(nak(0)), 30)
    expect(summary(source)).to.deep.equal(["ncf 0", "ncf 0"])
    let repaired = 0
    for (; repaired === 0 || source.due < 400; source.tick(source.due)) {
      if (summary(source).includes("rdata 0")) repaired++
    }
    expect(repaired).to.equal(1)
    // A request that arrives right before the repair does not cause another one.
    const now = source.due
    source.packet(encodeNak(nak(0)), now)
    source.drain()
    source.packet(encodeNak(nak(0)), now + 19)
    expect(summary(source)).to.deep.equal([])
  })

  it("sends a repair once, however long it was queued and however often it was requested", () => {
    const source = sent(2, { rate: 8, maxPacket: 1500, recoveryInterval: 1e9 })
    source.push([Buffer.alloc(1320)], 0)
    source.flush(0)
    source.drain()
    for (const now of [0, 30, 60]) source.packet(encodeNak(nak(0)), now)
    for (let now = 100; now <= 20_000; now += 100) source.tick(now)
    expect(summary(source).filter((line) => !line.startsWith("spm"))).to.deep.equal([
      ...["ncf 0", "ncf 0", "ncf 0", "rdata 0"],
    ])
    source.packet(encodeNak(nak(0)), 30_000)
    expect(summary(source)).to.deep.equal(["ncf 0", "rdata 0"])
  })

  it("sends no repair again within 20 ms of when it was sent, however long it was queued", () => {
    const source = sent(2, { rate: 8, maxPacket: 1500 })
    source.push([Buffer.alloc(1320)], 0)
    source.flush(0)
    source.drain()
    source.packet(encodeNak(nak(0)), 0)
    let now = 0
    for (let ticks = 0; ticks < 100 && !summary(source).includes("rdata 0"); ticks++) {
      now = source.due
      source.tick(now)
    }
    expect(now).to.be.within(21, 1000)
    source.packet(encodeNak(nak(0)), now + 19)
    expect(summary(source)).to.deep.equal([])
    source.packet(encodeNak(nak(0)), now + 20)
    expect(summary(source)).to.include("ncf 0")
  })

  it("confirms no request again within 20 ms while the repair is queued", () => {
    const source = sent(2, { rate: 8, maxPacket: 1500 })
    source.push([Buffer.alloc(1320)], 0)
    source.flush(0)
    source.drain()
    const confirmations = [0, 19, 20, 39, 40].map((now) => {
      source.packet(encodeNak(nak(0)), now)
      return summary(source)
    })
    expect(confirmations).to.deep.equal([["ncf 0"], [], ["ncf 0"], [], ["ncf 0"]])
  })

  it("returns when it last sent data or a repair, not an announcement", () => {
    const source = sender()
    source.start(5)
    expect(source.lastSent).to.equal(-Infinity)
    source.push(message("a"), 10)
    source.flush(10)
    expect(source.lastSent).to.equal(10)
    source.tick(110)
    expect(source.lastSent).to.equal(10)
    source.packet(encodeNak(nak(0)), 200)
    expect([source.lastSent, summary(source).at(-1)]).to.deep.equal([200, "rdata 0"])
  })

  it("announces with each packet of data which packets it can still repair", () => {
    const source = sent(3, { recoveryInterval: 1000 })
    source.push(message("later"), 1001)
    source.flush(1001)
    expect(packetsOf(source).map((packet) => readPacket(packet))[0]).to.deep.include({ sequence: 3, trail: 3 })
  })

  it("skips queued repairs of packets that it no longer stores", () => {
    const source = sent(2, { rate: 8, maxPacket: 1500, recoveryInterval: 1000 })
    source.push([Buffer.alloc(1320)], 0)
    source.flush(0)
    source.drain()
    source.packet(encodeNak(nak(0, 1)), 0)
    expect(summary(source)).to.deep.equal(["ncf 0,1"])
    source.tick(4000)
    expect(summary(source)).to.deep.equal(["spm 0: 3-2"])
    source.push(message("later"), 4000)
    source.flush(4000)
    expect(summary(source)).to.deep.equal(["odata 3"])
  })

  it("alternates between data and repairs if both are queued", () => {
    const source = sent(4, { rate: 8, maxPacket: 1500, recoveryInterval: 1e9 })
    source.push([Buffer.alloc(4000)], 0)
    source.flush(0)
    source.drain()
    source.packet(encodeNak(nak(0, 1, 2)), 0)
    for (let now = 100; now <= 20_000; now += 100) source.tick(now)
    const order = summary(source).filter((line) => !line.startsWith("spm"))
    expect(order).to.deep.equal([...["ncf 0,1,2", "rdata 0", "odata 4", "rdata 1", "odata 5", "rdata 2", "odata 6"]])
  })

  it(`queues at most ${MAX_REPAIRS} repairs, and does not confirm more`, () => {
    const source = sent(MAX_REPAIRS + 100, { rate: 100_000_000 })
    source.push([Buffer.alloc(50_000_000)], 0)
    source.drain()
    let [confirmed, repaired] = [0, 0]
    for (let first = 0; first < MAX_REPAIRS + 100; first += 50) {
      source.packet(encodeNak(nak(...Array.from({ length: 50 }, (_, index) => first + index))), 0)
    }
    for (const bytes of packetsOf(source)) {
      const packet = readPacket(bytes)
      if (packet?.kind === "ncf") confirmed += packet.sequences.length
      if (packet?.kind === "data") repaired++
    }
    expect(confirmed - repaired).to.equal(MAX_REPAIRS)
  })

  it("answers requests for unavailable packets with an SPM, at most ten times a second", () => {
    const source = sent(3, { recoveryInterval: 1000 })
    source.tick(2000)
    expect(summary(source)).to.deep.equal(["spm 0: 3-2"])
    source.packet(encodeNak(nak(0, 1)), 2050)
    source.packet(encodeNak(nak(2)), 2060)
    expect([summary(source), source.due]).to.deep.equal([[], 2100])
    source.tick(2100)
    expect(summary(source)).to.deep.equal(["spm 1: 3-2"])
    source.packet(encodeNak(nak(0)), 3000)
    expect(summary(source)).to.deep.equal(["spm 2: 3-2"])
  })

  it("answers requests for SPMs, at most ten times a second", () => {
    const source = sent(1)
    expect(source.packet(encodeSpmRequest(CAPTURED_SESSION), 0)).to.equal(true)
    expect(summary(source)).to.deep.equal(["spm 0: 0-0"])
    for (const now of [1, 2, 99]) source.packet(encodeSpmRequest(CAPTURED_SESSION), now)
    expect([summary(source), source.due]).to.deep.equal([[], 100])
    source.tick(100)
    expect(summary(source)).to.deep.equal(["spm 1: 0-0"])
  })

  it("answers a request for an SPM as soon as the last SPM is 100 ms old, without data", () => {
    const source = sender()
    source.start(0)
    source.drain()
    source.packet(encodeSpmRequest(CAPTURED_SESSION), 1)
    expect([summary(source), source.due]).to.deep.equal([[], 100])
    source.tick(99)
    expect(summary(source)).to.deep.equal([])
    source.tick(100)
    expect([summary(source), source.due]).to.deep.equal([["spm 3: 0--1"], 30_100])
  })

  it("announces its end as often as its beginning, because packets may be lost", () => {
    const source = sender()
    source.start(0)
    source.push(message("a"), 0)
    source.flush(0)
    expect(summary(source)).to.deep.equal(["spm 0: 0--1", "spm 1: 0--1", "spm 2: 0--1", "odata 0"])
    source.end(10)
    expect(summary(source)).to.deep.equal(["spm 3: 0-0fin", "spm 4: 0-0fin", "spm 5: 0-0fin"])
  })

  it("ignores packets for others", () => {
    const source = sent(3)
    const others: Uint8Array[] = [
      Buffer.from("noise"),
      CAPTURED.data[0],
      CAPTURED.spms[0],
      encodeNak({ ...nak(1), kind: "ncf" }),
      encodeNak({ ...nak(1), gsi: 1 }),
      encodeNak({ ...nak(1), sourcePort: 1 }),
      encodeNak({ ...nak(1), sessionPort: 1 }),
      encodeSpmRequest({ ...CAPTURED_SESSION, gsi: 1 }),
    ]
    for (const packet of others) expect(source.packet(packet, 1)).to.equal(false)
    source.packet(encodeNak({ ...nak(1), source: "10.99.0.2" }), 1)
    source.packet(encodeNak({ ...nak(1), group: "239.192.1.2" }), 1)
    expect(summary(source)).to.deep.equal([])
  })

  it("has nothing to repair before data, nor after the recovery interval", () => {
    const source = sender({ recoveryInterval: 1000 })
    expect(source.repairable).to.equal(false)
    source.push(message("a"), 0)
    source.flush(0)
    expect(source.repairable).to.equal(true)
    source.tick(1001)
    expect(source.repairable).to.equal(false)
  })

  it("counts control packets against its rate, without delaying them", () => {
    const source = sent(2, { rate: 8, maxPacket: 1500 })
    source.push([Buffer.alloc(1300)], 0)
    source.flush(0)
    source.drain()
    const before = source.due
    source.packet(encodeSpmRequest(CAPTURED_SESSION), 0)
    expect(summary(source)).to.deep.equal(["spm 0: 0-2"])
    expect(before).to.equal(100)
    source.push(message("more"), 0)
    source.flush(0)
    expect(summary(source)).to.deep.equal([])
  })

  it("repeats no packet that has left the window while it was queued", () => {
    const source = sent(2, { rate: 8, maxPacket: 1500, recoveryInterval: 1000 })
    source.push([Buffer.alloc(1400)], 0)
    source.flush(0)
    source.drain()
    source.packet(encodeNak(nak(0, 1)), 0)
    source.drain()
    source.tick(50_000)
    source.tick(51_000)
    expect(summary(source).filter((line) => line.startsWith("rdata"))).to.deep.equal([])
  })
})
