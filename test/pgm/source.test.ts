import { expect } from "chai"
import type { Data, Spm } from "../../src/pgm/packet.js"
import { ReceiveMemory } from "../../src/pgm/receive-window.js"
import { RepairSchedule } from "../../src/pgm/repair-schedule.js"
import { Source, SOURCE_EXPIRY, startOf, type Finding } from "../../src/pgm/source.js"
import { hex } from "../support/cuts.js"
import { text } from "../support/messages.js"
import { CAPTURED_SESSION, SOURCE } from "../support/pgm.js"

function data(sequence: number, payload: string, more: Partial<Data> = {}): Data {
  const common = { ...CAPTURED_SESSION, kind: "data", repair: false, trail: 0, fragment: undefined } as const
  return { ...common, sequence, payload: hex(payload), ...more }
}

function spm(sequence: number, trail: number, lead: number, more: Partial<Spm> = {}): Spm {
  return { ...CAPTURED_SESSION, kind: "spm", sequence, trail, lead, path: "10.99.0.254", end: undefined, ...more }
}

/** A source whose first packet has the number `start`, and its findings. */
function create(start = 0, memory = new ReceiveMemory()) {
  const findings: Finding[] = []
  const schedule = new RepairSchedule(10_000, () => 0)
  const limits = { maxMessageSize: -1, maxMultipartSize: -1 }
  const found = (_source: Source, finding: Finding): unknown => findings.push(finding)
  const source = new Source(CAPTURED_SESSION, start, SOURCE, 0, memory, limits, schedule, 10_000, found)
  const received = (): string[][] => {
    const messages: string[][] = []
    for (let next = source.receive(); next !== undefined; next = source.receive()) messages.push(text(next)!)
    return messages
  }
  return { source, received, findings, memory }
}

describe("Source (RFC 3208, section 6)", () => {
  it("starts with a packet of data, or after the packets that an SPM announces", () => {
    expect([startOf(data(7, "ffff")), startOf(spm(0, 3, 7)), startOf(spm(0, 0, 0xffff_ffff))]).to.deep.equal([7, 8, 0])
  })

  it("is ready while a packet waits to be read", () => {
    const { source, received } = create()
    expect(source.ready).to.equal(false)
    source.data(data(0, "0000 0200 61"), 0)
    expect([source.ready, received(), source.ready]).to.deep.equal([true, [["a"]], false])
  })

  it("gives up packets that an SPM no longer covers, without a packet of data", () => {
    const { source, received, findings } = create()
    source.data(data(0, "0000 0200 61"), 0)
    source.data(data(3, "0000 0200 62"), 0)
    expect([received(), source.ready]).to.deep.equal([[["a"]], false])
    source.spm(spm(1, 3, 3), 0)
    expect([source.ready, received()]).to.deep.equal([true, [["b"]]])
    expect(findings).to.deep.equal([{ kind: "loss", range: { first: 1, last: 2 } }])
  })

  it("does not join the parts of a message on both sides of a loss", () => {
    const { source, received } = create()
    source.data(data(0, "0000 0500 6162"), 0)
    source.data(data(2, "ffff 6364"), 0)
    source.spm(spm(1, 2, 2), 0)
    expect(received()).to.deep.equal([])
    source.data(data(3, "0000 0200 65"), 0)
    expect(received()).to.deep.equal([["e"]])
  })

  it("does not join the parts of a message on both sides of an unrelated packet", () => {
    const { source, received, findings } = create()
    source.data(data(0, "0000 0500 6162"), 0)
    source.data(data(1, "0000 00", { fragment: { first: 1, offset: 0, size: 1 } }), 0)
    source.data(data(2, "ffff 6364"), 0)
    source.data(data(3, "0000 0200 65"), 0)
    expect(received()).to.deep.equal([["e"]])
    expect(findings.map(({ kind }) => kind)).to.deep.equal(["fault"])
  })

  it("continues a message in an APDU of several packets", () => {
    const { source, received } = create()
    source.data(data(0, "0000 0500 6162"), 0)
    source.data(data(1, "ffff", { fragment: { first: 1, offset: 0, size: 4 } }), 0)
    expect(received()).to.deep.equal([])
    source.data(data(2, "6364", { fragment: { first: 1, offset: 2, size: 4 } }), 0)
    expect(received()).to.deep.equal([["abcd"]])
  })

  it("reports a loss within an APDU of several packets once, and not what is left of the APDU", () => {
    const { source, received, findings } = create()
    source.data(data(0, "0000", { fragment: { first: 0, offset: 0, size: 6 } }), 0)
    source.data(data(2, "6162", { fragment: { first: 0, offset: 4, size: 6 } }), 0)
    source.data(data(3, "0000 0200 65", { trail: 2 }), 0)
    expect([received(), findings]).to.deep.equal([[["e"]], [{ kind: "loss", range: { first: 1, last: 1 } }]])
  })

  it("is due when an SPM is to be requested, although repairs are due later", () => {
    const { source } = create()
    for (const sequence of [0, 2]) source.data(data(sequence, "ffff"), 0)
    expect(source.due).to.equal(0)
    expect([source.requests(0).sequences, source.due]).to.deep.equal([[1], 25])
    expect([source.takeSpmRequest(25), source.requests(25).sequences, source.due]).to.deep.equal([true, [], 200])
  })

  it("sends NAKs where packets come from until an SPM names the path", () => {
    const { source } = create()
    expect(source.path).to.equal(SOURCE.address)
    source.spm(spm(5, 0, 0xffff_ffff), 0)
    source.spm(spm(4, 0, 0xffff_ffff, { path: "10.99.0.4" }), 0)
    expect(source.path).to.equal("10.99.0.254")
  })

  it("requests an SPM once after 25 ms, unless another receiver has", () => {
    const { source } = create()
    expect([24, 25, 26].map((now) => source.takeSpmRequest(now))).to.deep.equal([false, true, false])
    const other = create().source
    other.spmRequested()
    expect(other.takeSpmRequest(25)).to.equal(false)
  })

  it("keeps the address for NAKs when another receiver requests an SPM", () => {
    const { source } = create()
    source.spm(spm(5, 0, 0xffff_ffff), 0)
    source.spmRequested()
    expect([source.path, source.takeSpmRequest(1_000_000)]).to.deep.equal(["10.99.0.254", false])
  })

  it("allows no more bytes of requests than it has sent bytes of data", () => {
    const { source } = create()
    expect(source.spend(1)).to.equal(false)
    source.earn(10)
    expect([source.spend(11), source.spend(6), source.spend(5), source.spend(4), source.spend(1)]).to.deep.equal([
      false,
      true,
      false,
      true,
      false,
    ])
  })

  it("expires 300 s after its first packet if no other arrives", () => {
    const { source } = create()
    expect([0, SOURCE_EXPIRY - 1, SOURCE_EXPIRY].map((now) => source.expired(now))).to.deep.equal([false, false, true])
  })

  it("expires after 300 s without a packet, and earlier once its session has ended", () => {
    const { source } = create()
    source.data(data(0, "ffff"), 1000)
    expect([999, 1000].map((now) => source.expired(SOURCE_EXPIRY + now))).to.deep.equal([false, true])
    source.spm(spm(0, 0, 0), 1500)
    source.spm(spm(0, 0, 0), 1600)
    expect([1599, 1600].map((now) => source.expired(SOURCE_EXPIRY + now))).to.deep.equal([false, true])
    source.spm(spm(1, 0, 0, { end: "fin" }), 2000)
    expect([11_999, 12_000].map((now) => source.expired(now))).to.deep.equal([false, true])
  })

  it("frees the memory of packets that were not received", () => {
    const { source, memory } = create()
    for (const sequence of [0, 2]) source.data(data(sequence, "ffff 61"), 0)
    expect(memory.used).to.be.above(0)
    source.close()
    expect([memory.used, source.receive()]).to.deep.equal([0, undefined])
  })
})
