import { expect } from "chai"
import { FLAG_COMMAND, FLAG_MORE } from "../../../src/zmtp/frames/frame-decoder.js"
import { ZwsFrameDecoder, ZwsOutbox } from "../../../src/zmtp/frames/zws-frame.js"
import { LimitError, ProtocolError } from "../../../src/zmtp/protocol-error.js"
import { hex } from "../../support/cuts.js"

describe("ZWS frames", () => {
  for (const [bytes, flags, body] of [
    ["0068656c6c6f", 0, "hello"],
    ["0168656c6c6f", FLAG_MORE, "hello"],
    ["00", 0, ""],
    ["0205", FLAG_COMMAND, "\x05"],
  ] as const) {
    it(`consist of flags and body: ${bytes}`, () => {
      const outbox = new ZwsOutbox()
      outbox.frame(flags, Buffer.from(body))
      expect(Buffer.concat(outbox.drain()).toString("hex")).to.equal(bytes)
      const decoder = new ZwsFrameDecoder()
      decoder.push(hex(bytes))
      expect(decoder.next()).to.equal(true)
      expect([decoder.flags, String(decoder.body)]).to.deep.equal([flags, body])
      expect([decoder.next(), decoder.pending]).to.deep.equal([false, false])
    })
  }

  it("are one piece each, however large", () => {
    const outbox = new ZwsOutbox()
    outbox.message([Buffer.alloc(100_000, 1), Buffer.alloc(0), Buffer.alloc(3, 2)])
    expect(outbox.size).to.equal(100_001 + 1 + 4)
    const pieces = outbox.drain()
    expect(pieces.map(({ length }) => length)).to.deep.equal([100_001, 1, 4])
    expect(pieces.map(([flags]) => flags)).to.deep.equal([1, 1, 0])
  })

  it("each keep their bytes, however many are encoded one after another", () => {
    const outbox = new ZwsOutbox()
    const bodies = Array.from({ length: 2000 }, (_, index) => Buffer.from(String(index).repeat(1 + (index % 90))))
    const large = [4095, 4096, 16_383, 16_384, 16_385].map((size, index) => Buffer.alloc(size, 65 + index))
    const all = [...bodies, ...large, ...bodies]
    for (const body of all) outbox.frame(0, body)
    const pieces = outbox.drain().map((piece) => Buffer.from(piece))
    expect(pieces.map((piece) => piece.subarray(1).toString())).to.deep.equal(all.map(String))
    expect(pieces.every(([flags]) => flags === 0)).to.equal(true)
  })

  it("share slabs of 16 KiB up to their last byte if they are at most a quarter as large", () => {
    const outbox = new ZwsOutbox()
    const memory = (...sizes: number[]): ArrayBufferLike[] => {
      for (const size of sizes) outbox.frame(0, Buffer.alloc(size - 1))
      return outbox.drain().map(({ buffer }) => buffer)
    }
    const quarter = 4 * 1024
    const full = memory(quarter, quarter, quarter, quarter)
    expect([new Set(full).size, full[0]!.byteLength]).to.deep.equal([1, 4 * quarter])
    const next = memory(1, quarter, quarter, quarter, quarter, quarter)
    expect([new Set(next).size, next.indexOf(full[0]!), next.lastIndexOf(next[0]!)]).to.deep.equal([2, -1, 3])
    expect(memory(quarter + 1)[0]!.byteLength).to.equal(quarter + 1)
  })

  it("are counted while they wait, and returned once", () => {
    const outbox = new ZwsOutbox()
    outbox.frame(0, Buffer.alloc(10))
    outbox.raw(Buffer.alloc(7))
    outbox.place(FLAG_MORE, 5)
    expect(outbox.size).to.equal(11 + 7 + 6)
    expect(outbox.drain().map(({ length }) => length)).to.deep.equal([11, 7, 6])
    expect([outbox.size, outbox.drain()]).to.deep.equal([0, []])
  })

  it("are copied, whatever their size, so they are never memory of the application", () => {
    const outbox = new ZwsOutbox()
    for (const size of [3, 100_000]) {
      const body = Buffer.alloc(size, "a")
      outbox.frame(0, body)
      expect(outbox.borrowed).to.equal(false)
      body.fill("x")
      expect(outbox.drain()[0]!.subarray(1)).to.deep.equal(Buffer.alloc(size, "a"))
    }
  })

  it("are written in place", () => {
    const outbox = new ZwsOutbox()
    for (const text of ["abc", "de"]) {
      outbox.place(FLAG_COMMAND, text.length)
      outbox.target.set(Buffer.from(text), outbox.at)
    }
    expect(outbox.drain().map(String)).to.deep.equal(["\x02abc", "\x02de"])
  })

  it("have no flags but MORE and COMMAND", () => {
    const decoder = new ZwsFrameDecoder()
    for (const [byte, flags] of [
      ["fc", 0],
      ["ff", FLAG_MORE | FLAG_COMMAND],
      ["04", 0],
    ] as const) {
      decoder.push(hex(byte))
      decoder.next()
      expect(decoder.flags, byte).to.equal(flags)
    }
  })

  it("wait unchanged until they are read", () => {
    const decoder = new ZwsFrameDecoder()
    expect([decoder.pending, decoder.rest().length, decoder.next()]).to.deep.equal([false, 0, false])
    decoder.push(hex("0061"))
    expect([decoder.pending, String(decoder.rest())]).to.deep.equal([true, "\0a"])
    decoder.next()
    expect([decoder.pending, decoder.rest().length]).to.deep.equal([false, 0])
  })

  it("are not a command over the limit for commands, but can be such a message", () => {
    const decoder = new ZwsFrameDecoder()
    decoder.commandLimit = 3
    for (const bytes of ["02616263", "0061626364"]) {
      decoder.push(hex(bytes))
      expect(decoder.next(), bytes).to.equal(true)
    }
    decoder.push(hex("0261626364"))
    expect(() => decoder.next()).to.throw(LimitError, "Command of 4 bytes exceeds the limit of 3")
  })

  it("cannot be empty", () => {
    const decoder = new ZwsFrameDecoder()
    decoder.push(Buffer.alloc(0))
    expect(() => decoder.next()).to.throw(ProtocolError, "without flags")
  })

  it("do not have a body over the limit", () => {
    const decoder = new ZwsFrameDecoder()
    decoder.limit = 5
    decoder.push(hex("0068656c6c6f"))
    expect(decoder.next()).to.equal(true)
    decoder.push(hex("0068656c6c6f21"))
    expect(() => decoder.next()).to.throw(LimitError, "Frame of 6 bytes exceeds the limit of 5")
  })
})
