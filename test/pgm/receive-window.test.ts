import { expect } from "chai"
import { Gaps, type Gap } from "../../src/pgm/gaps.js"
import { MAX_GAPS, MAX_RECEIVE_WINDOW, PACKET_OVERHEAD } from "../../src/pgm/limits.js"
import type { Data } from "../../src/pgm/packet.js"
import { ReceiveMemory, ReceiveWindow, toLost } from "../../src/pgm/receive-window.js"
import { CAPTURED_SESSION } from "../support/pgm.js"

function data(sequence: number, size = 10): Data {
  const payload = { length: size } as Uint8Array
  return { kind: "data", ...CAPTURED_SESSION, repair: false, sequence, trail: 0, fragment: undefined, payload }
}

function windowFrom(start: number) {
  const gaps = new Gaps()
  const memory = new ReceiveMemory()
  const missed = ({ first, last }: { first: number; last: number }, since: number): Gap => {
    return { first, last, since, repair: { kind: "backing-off", due: 0 }, unconfirmed: 0, unrepaired: 0 }
  }
  const window = new ReceiveWindow(start, gaps, memory, missed)
  const insert = (...sequences: number[]) => sequences.map((sequence) => window.insert(data(sequence), 0))
  const take = () => {
    const taken: number[] = []
    for (let next = window.take(); next !== undefined; next = window.take()) taken.push(next.sequence)
    return taken
  }
  const missing = () => [...gaps].map(({ first, last }) => [first, last])
  return { window, gaps, memory, insert, take, missing }
}

describe("the receive window (RFC 3208, section 6.3)", () => {
  it("returns packets in order, whatever order they arrive in", () => {
    const { window, insert, take, missing, memory } = windowFrom(5)
    expect(window.ready).to.equal(false)
    expect(insert(5)).to.deep.equal(["new"])
    expect([window.ready, take()]).to.deep.equal([true, [5]])
    expect(insert(8, 10, 9)).to.deep.equal(["new", "new", "repaired"])
    expect([take(), missing(), window.ready]).to.deep.equal([[], [[6, 7]], false])
    expect(insert(7, 6)).to.deep.equal(["repaired", "repaired"])
    expect([take(), missing(), memory.used]).to.deep.equal([[6, 7, 8, 9, 10], [], 0])
  })

  it("continues when the sequence numbers wrap around", () => {
    const { insert, take, missing } = windowFrom(0xffff_fffe)
    insert(1, 0xffff_fffe)
    expect([take(), missing()]).to.deep.equal([[0xffff_fffe], [[0xffff_ffff, 0]]])
    insert(0, 0xffff_ffff)
    expect(take()).to.deep.equal([0xffff_ffff, 0, 1])
  })

  it("ignores a packet so old that it seems to follow the newest one", () => {
    const { insert, missing } = windowFrom(100)
    insert(110)
    expect(insert(2 ** 31 + 105, 99)).to.deep.equal(["duplicate", "duplicate"])
    expect(missing()).to.deep.equal([[100, 109]])
  })

  it("does not return a packet twice", () => {
    const { insert, take } = windowFrom(5)
    expect(insert(5, 5, 7, 7, 4)).to.deep.equal(["new", "duplicate", "new", "duplicate", "duplicate"])
    expect(take()).to.deep.equal([5])
    expect(insert(5, 6, 6)).to.deep.equal(["duplicate", "repaired", "duplicate"])
    expect(take()).to.deep.equal([6, 7])
  })

  it("detects missing packets from an SPM", () => {
    const { window, insert, take, missing } = windowFrom(5)
    window.extend(4, 0)
    expect(missing()).to.deep.equal([])
    expect(window.extend(7, 0)).to.equal(true)
    expect(window.extend(6, 0)).to.equal(true)
    expect(missing()).to.deep.equal([[5, 7]])
    insert(6, 5, 8, 7)
    expect(take()).to.deep.equal([5, 6, 7, 8])
  })

  it("gives up packets that the source no longer repairs, in order", () => {
    const { window, gaps, insert, take } = windowFrom(5)
    insert(5, 7, 10)
    window.retire(9, 0)
    expect([...gaps].map(({ first, last, repair }) => [first, last, repair.kind])).to.deep.equal([
      [6, 6, "lost"],
      [8, 8, "lost"],
      [9, 9, "backing-off"],
    ])
    expect([take(), window.skip(), window.skip()]).to.deep.equal([[5], { first: 6, last: 6 }, undefined])
    expect([take(), window.ready]).to.deep.equal([[7], true])
    expect([window.skip(), window.ready, window.skip()]).to.deep.equal([{ first: 8, last: 8 }, false, undefined])
    insert(9)
    expect(take()).to.deep.equal([9, 10])
  })

  it("gives up packets that were never announced, and still accepts them if they arrive in time", () => {
    const { window, insert, take } = windowFrom(5)
    window.retire(8, 0)
    expect([window.ready, insert(5, 9)]).to.deep.equal([true, ["repaired", "new"]])
    expect([take(), window.skip(), take()]).to.deep.equal([[5], { first: 6, last: 7 }, []])
    window.retire(5, 0)
    window.retire(8, 0)
    expect(window.skip()).to.equal(undefined)
    insert(8)
    expect(take()).to.deep.equal([8, 9])
  })

  it("frees the memory of each packet once, whether it was taken or dropped", () => {
    const { window, insert, take, memory } = windowFrom(5)
    insert(6, 7, 8)
    insert(5)
    const all = memory.used
    expect([take(), memory.used]).to.deep.equal([[5, 6, 7, 8], 0])
    window.clear()
    expect(memory.used).to.equal(0)
    insert(9, 11, 12)
    expect(memory.used).to.equal((all / 4) * 3)
    for (let time = 0; time < 2; time++) window.clear()
    expect([memory.used, take()]).to.deep.equal([0, []])
  })

  it("uses one entry for the packets before one far ahead", () => {
    const { insert, missing } = windowFrom(0)
    expect(insert(0x7fff_0000)).to.deep.equal(["new"])
    expect(missing()).to.deep.equal([[0, 0x7ffe_ffff]])
  })

  it(`keeps ${MAX_RECEIVE_WINDOW / 1024 / 1024} MiB of packets, but always accepts the next one`, () => {
    const { window, memory, insert, take } = windowFrom(0)
    const size = 1024 * 1024 - PACKET_OVERHEAD
    for (let sequence = 1; sequence <= 64; sequence++) expect(window.insert(data(sequence, size), 0)).to.equal("new")
    expect([memory.used, memory.full]).to.deep.equal([MAX_RECEIVE_WINDOW, true])
    expect(insert(65, 66)).to.deep.equal(["refused", "refused"])
    expect(insert(0)).to.deep.equal(["repaired"])
    expect(take().length).to.equal(65)
    expect([memory.used, insert(66, 65), take()]).to.deep.equal([0, ["new", "repaired"], [65, 66]])
  })

  it("also refuses missing packets while there is no room, and accepts them later", () => {
    const { window, insert, missing } = windowFrom(0)
    window.insert(data(5, MAX_RECEIVE_WINDOW), 0)
    expect([insert(3, 5), missing()]).to.deep.equal([["refused", "duplicate"], [[0, 4]]])
  })

  it(`has at most ${MAX_GAPS} gaps`, () => {
    const { window, insert, gaps } = windowFrom(0)
    for (let index = 0; index < MAX_GAPS; index++) insert(index * 2 + 1)
    expect([gaps.count, insert(2 * MAX_GAPS + 1), insert(2 * MAX_GAPS)]).to.deep.equal([MAX_GAPS, ["refused"], ["new"]])
    expect(window.extend(3 * MAX_GAPS, 0)).to.equal(false)
  })

  it("frees its memory", () => {
    const { window, insert, memory } = windowFrom(0)
    insert(0, 1, 3)
    window.clear()
    expect([memory.used, window.ready]).to.deep.equal([0, false])
  })

  it("shares memory with other windows", () => {
    const { window, memory, take } = windowFrom(0)
    memory.used = MAX_RECEIVE_WINDOW
    expect(window.insert(data(1), 0)).to.equal("refused")
    expect(window.insert(data(0), 0)).to.equal("new")
    expect([take(), memory.used]).to.deep.equal([[0], MAX_RECEIVE_WINDOW])
  })

  it("gives up a gap based only on its state", () => {
    const lost = toLost({
      first: 1,
      last: 2,
      since: 3,
      repair: { kind: "confirmed", due: 9 },
      unconfirmed: 1,
      unrepaired: 2,
    })
    expect(lost).to.deep.equal({ first: 1, last: 2, since: 3, repair: { kind: "lost" }, unconfirmed: 1, unrepaired: 2 })
  })
})
