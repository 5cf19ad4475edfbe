import { expect } from "chai"
import { TransmitWindow } from "../../src/pgm/transmit-window.js"
import { collectGarbage } from "../support/garbage.js"
import { RUNTIME } from "../support/runtime.js"
import { skip } from "../support/skip.js"

const packet = (size = 1) => Buffer.alloc(size)

describe("the transmit window (RFC 3208, section 5.1)", () => {
  it("stores packets by their sequence numbers", () => {
    const window = new TransmitWindow(5, 1000)
    expect([window.trail, window.lead, window.next, window.get(5)]).to.deep.equal([5, 4, 5, undefined])
    const packets = [packet(), packet()]
    for (const each of packets) window.add(each, 0)
    expect([window.trail, window.lead, window.next]).to.deep.equal([5, 6, 7])
    expect([4, 5, 6, 7].map((sequence) => window.get(sequence)?.packet)).to.deep.equal([
      undefined,
      ...packets,
      undefined,
    ])
    expect(window.get(5)).to.deep.include({ at: 0, queued: false, answered: -Infinity })
  })

  it("does not confuse packets whose numbers differ by a multiple of its capacity", () => {
    const window = new TransmitWindow(5, 1000)
    window.add(packet(), 0)
    for (let distance = 1; distance <= 0x1000_0000; distance *= 2) {
      expect([window.get(5 + distance), window.get((5 - distance) >>> 0)], String(distance)).to.deep.equal([
        undefined,
        undefined,
      ])
    }
  })

  it("grows as needed, also when the sequence numbers wrap around", () => {
    const first = 0xffff_ffff - 100
    const window = new TransmitWindow(first, 1e9)
    for (let index = 0; index < 1000; index++) window.add(packet(index % 7), index)
    for (let index = 0; index < 1000; index++) expect(window.get((first + index) >>> 0)?.at).to.equal(index)
    expect([window.get(first - 1), window.get(900)]).to.deep.equal([undefined, undefined])
  })

  it("does not have the next packet, however many it stores", () => {
    const window = new TransmitWindow(5, 1e9)
    for (let index = 0; index < 300; index++) {
      window.add(packet(), 0)
      expect([window.get(window.next), window.get(window.lead)?.at], String(index)).to.deep.equal([undefined, 0])
    }
  })

  it("keeps no memory of packets that it has dropped", async function () {
    if (RUNTIME === "Bun") skip(this, "JavaScriptCore keeps what a stale word on the stack seems to point to")
    const window = new TransmitWindow(0, 1000)
    const dropped = [0, 1, 2, 3].map(() => {
      const each = packet()
      window.add(each, 0)
      return new WeakRef(each)
    })
    window.trim(0, 1001)
    await new Promise(setImmediate)
    collectGarbage()
    expect([window.trail, dropped.map((each) => each.deref())]).to.deep.equal([4, dropped.map(() => undefined)])
  })

  it("drops packets after the recovery interval", () => {
    const window = new TransmitWindow(0, 1000)
    for (const at of [0, 10, 500]) window.add(packet(), at)
    window.trim(0, 1000)
    expect(window.trail).to.equal(0)
    window.trim(0, 1011)
    expect([window.trail, window.get(1), window.get(2)?.at]).to.deep.equal([2, undefined, 500])
    window.trim(0, 9000)
    expect([window.trail, window.lead]).to.deep.equal([3, 2])
  })

  it("drops packets that exceed its memory", () => {
    const window = new TransmitWindow(0, 1e9, 100)
    for (let index = 0; index < 5; index++) window.add(packet(20), 0)
    window.trim(0, 0)
    expect(window.trail).to.equal(0)
    window.trim(1, 0)
    expect(window.trail).to.equal(1)
    window.trim(41, 0)
    expect(window.trail).to.equal(3)
    window.trim(1000, 0)
    expect(window.trail).to.equal(5)
  })

  it("wraps around without growing while packets leave it", () => {
    const window = new TransmitWindow(0, 10)
    for (let now = 0; now < 10_000; now++) {
      window.trim(1, now)
      window.add(packet(), now)
      expect([window.get(now)?.at, window.trail]).to.deep.equal([now, Math.max(0, now - 10)])
    }
  })
})
