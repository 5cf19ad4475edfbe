import { expect } from "chai"
import { MAX_THREADS, ThreadLedger } from "../../../src/transports/threads/thread-ledger.js"

describe("ThreadLedger", () => {
  let memory: SharedArrayBuffer

  beforeEach(() => {
    ;({ memory } = ThreadLedger.create())
  })

  /** The ledger of `thread`, which `parent` has started. */
  function ledgerOf(thread: number, parent = -1): ThreadLedger {
    const ledger = new ThreadLedger(memory)
    expect(ledger.enrol(thread, parent, false)).to.equal(true)
    return ledger
  }

  it("lets one thread bind a name, until it is released", () => {
    const [one, other] = [ledgerOf(0), ledgerOf(1)]
    expect([one.claim("name", 0), other.claim("name", 1), other.claim("else", 1)]).to.deep.equal([true, false, true])
    expect([one.holder("name"), one.holder("else"), one.holder("none")]).to.deep.equal([0, 1, undefined])
    other.release("name", 1)
    expect(one.holder("name")).to.equal(0)
    one.release("name", 0)
    expect([one.holder("name"), other.claim("name", 1)]).to.deep.equal([undefined, true])
  })

  it("removes a thread with those that it had started, and frees their names", () => {
    const ledgers = [ledgerOf(0), ledgerOf(1, 0), ledgerOf(2, 1), ledgerOf(3, 2), ledgerOf(4, 0)]
    for (const [thread, ledger] of ledgers.entries()) ledger.claim(`name ${thread}`, thread)
    expect(ledgers[0]!.dismiss(1)).to.deep.equal([1, 2, 3])
    const holders = ledgers.map((_, thread) => ledgers[0]!.holder(`name ${thread}`))
    expect(holders).to.deep.equal([0, undefined, undefined, undefined, 4])
    expect(ledgers.map((_, thread) => ledgers[0]!.isGone(thread))).to.deep.equal([false, true, true, true, false])
    expect(ledgers[0]!.gone()).to.deep.equal([])
  })

  it("frees the names of an unknown thread", () => {
    const ledger = ledgerOf(0)
    new ThreadLedger(memory).claim("name", 5)
    expect([ledger.holder("name"), ledger.dismiss(5), ledger.holder("name")]).to.deep.equal([5, [5], undefined])
  })

  it("keeps the new owner of the entry of a thread that is removed twice", () => {
    const ledger = ledgerOf(0)
    ledgerOf(1, 0)
    ledger.dismiss(1)
    const next = ledgerOf(2, 0)
    next.claim("name", 2)
    ledger.dismiss(1)
    expect([ledger.isGone(2), ledger.holder("name")]).to.deep.equal([false, 2])
  })

  it("registers a thread once, however many copies of the library it has", () => {
    const ledger = ledgerOf(0)
    for (let copy = 0; copy < MAX_THREADS + 1; copy++) ledgerOf(1, 0)
    ledger.dismiss(1)
    expect(ledger.isGone(1)).to.equal(true)
  })

  it(`registers ${MAX_THREADS} threads, and more after some have ended`, () => {
    for (let thread = 0; thread < MAX_THREADS; thread++) ledgerOf(thread, 0)
    const late = new ThreadLedger(memory)
    expect(late.enrol(MAX_THREADS, 0, false)).to.equal(false)
    late.dismiss(500)
    expect(late.enrol(MAX_THREADS, 0, false)).to.equal(true)
    expect([late.isGone(MAX_THREADS), late.isGone(500), late.isGone(501)]).to.deep.equal([false, true, false])
  })

  it("distinguishes its own memory from other values", () => {
    for (const value of [undefined, null, 1, {}, new ArrayBuffer(memory.byteLength), new SharedArrayBuffer(8)]) {
      expect(ThreadLedger.isMemory(value)).to.equal(false)
    }
    expect(ThreadLedger.isMemory(memory)).to.equal(true)
  })

  it("has the same settings in all threads", () => {
    const initial = { ioThreads: 1, maxSockets: 1023, maxMessageSize: 5, ipv6: false, blocky: true }
    const first = ledgerOf(0).settings(initial, true)
    const second = ledgerOf(1, 0).settings({ ...initial, ioThreads: 9 }, false)
    second.ipv6 = true
    second.maxSockets = 7
    expect({ ...first }).to.deep.equal({ ...initial, ipv6: true, maxSockets: 7 })
  })
})
