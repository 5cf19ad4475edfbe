import { expect } from "chai"
import { FLAG_MORE } from "../../../src/zmtp/frames/frame-decoder.js"
import { LegacyFrameDecoder, writeLegacyFrame } from "../../../src/zmtp/frames/legacy-frame.js"
import { Outbox } from "../../../src/zmtp/frames/outbox.js"
import { LimitError } from "../../../src/zmtp/protocol-error.js"
import { cuts, hex } from "../../support/cuts.js"
import { collectGarbage } from "../../support/garbage.js"
import { codeOf } from "../../support/messages.js"
import { RUNTIME } from "../../support/runtime.js"
import { skip } from "../../support/skip.js"

/** The first bytes of the encoded frame. */
function header(more: boolean, body: Uint8Array, size: number): string {
  const outbox = new Outbox()
  writeLegacyFrame(outbox, more, body)
  return Buffer.from(outbox.drain()[0]!).subarray(0, size).toString("hex")
}

function read(chunks: readonly Uint8Array[]): [flags: number, body: string][] {
  const decoder = new LegacyFrameDecoder()
  const frames: [number, string][] = []
  for (const chunk of chunks) {
    decoder.push(chunk)
    while (decoder.next()) frames.push([decoder.flags, Buffer.from(decoder.body).toString()])
    expect([decoder.pending, decoder.rest().length]).to.deep.equal([false, 0])
  }
  return frames
}

describe('frames of ZMTP 1.0 (RFC 13, "Framing")', () => {
  it("each keep their bytes after the next ones are read, however they are divided", () => {
    const decoder = new LegacyFrameDecoder()
    const bodies: Uint8Array[] = []
    for (const chunk of ["0500 6161", "6161 0500 62", "626262 0300", "6363 0500 64", "646464"]) {
      decoder.push(hex(chunk))
      while (decoder.next()) bodies.push(decoder.body)
    }
    expect(bodies.map((body) => Buffer.from(body).toString())).to.deep.equal(["aaaa", "bbbb", "cc", "dddd"])
  })

  it("include the flags in their length, and have MORE in the lowest bit", () => {
    expect(header(false, hex(""), 9)).to.equal("0100")
    expect(header(true, hex("6162"), 9)).to.equal("03016162")
    for (const [more, flags] of [
      [false, "00"],
      [true, "01"],
    ] as const) {
      expect(header(more, Buffer.alloc(253), 2)).to.equal(`fe${flags}`)
      expect(header(more, Buffer.alloc(254), 10)).to.equal(`ff00000000000000ff${flags}`)
      expect(header(more, Buffer.alloc(65_535), 10)).to.equal(`ff0000000000010000${flags}`)
    }
  })

  it("have lengths of eight bytes where four are too few", () => {
    const body = { length: 0x1_0203_0405 } as Uint8Array
    expect(header(true, body, 10)).to.equal("ff000000010203040601")
    expect(header(false, { length: 0xffff_ffff } as Uint8Array, 10)).to.equal("ff000000010000000000")
  })

  it("are read in either form, however they are split", () => {
    for (const chunks of cuts(hex("0301 6162 ff0000000000000002 01 63 0100 02 00 64"))) {
      expect(read(chunks)).to.deep.equal([
        [FLAG_MORE, "ab"],
        [FLAG_MORE, "c"],
        [0, ""],
        [0, "d"],
      ])
    }
  })

  it("are views of a chunk if they lie within it", () => {
    const chunk = hex("0301 6162 ff0000000000000002 01 63")
    const decoder = new LegacyFrameDecoder()
    decoder.push(chunk)
    for (const [offset, length] of [
      [2, 2],
      [14, 1],
    ]) {
      expect(decoder.next()).to.equal(true)
      const { buffer, byteOffset, byteLength } = decoder.body
      expect([buffer, byteOffset - chunk.byteOffset, byteLength]).to.deep.equal([chunk.buffer, offset, length])
    }
  })

  it("take no memory for the pieces that they arrive in", async function () {
    if (RUNTIME === "Bun") skip(this, "JavaScriptCore keeps what a stale word on the stack seems to point to")
    const decoder = new LegacyFrameDecoder()
    const push = (bytes: Buffer): WeakRef<ArrayBuffer> => {
      const memory = new Uint8Array(bytes).buffer
      decoder.push(Buffer.from(memory))
      expect(decoder.next()).to.equal(false)
      return new WeakRef(memory)
    }
    const pieces = [push(hex("ff0000000001000000 00"))]
    for (let count = 0; count < 20; count++) pieces.push(push(hex("78")))
    push(hex("79"))
    await new Promise(setImmediate)
    collectGarbage()
    expect(pieces.map((piece) => piece.deref())).to.deep.equal(pieces.map(() => undefined))
  })

  it("are gathered in memory that grows with the bytes that have arrived, whatever size was announced", () => {
    const decoder = new LegacyFrameDecoder()
    const body = Buffer.alloc(300_000, "abc")
    const size = Buffer.alloc(8)
    size.writeUInt32BE(body.length + 1, 4)
    decoder.push(Buffer.concat([hex("ff"), size, hex("00")]))
    expect(decoder.next()).to.equal(false)
    for (let at = 0; at < body.length; at += 7000) {
      decoder.push(body.subarray(at, at + 7000))
      expect(decoder.next()).to.equal(at + 7000 >= body.length)
    }
    expect(body.equals(decoder.body)).to.equal(true)
  })

  it("have no flags but MORE", () => {
    expect(read([hex("0100"), hex("02fe61"), hex("02ff62")])).to.deep.equal([
      [0, ""],
      [0, "a"],
      [FLAG_MORE, "b"],
    ])
  })

  it("do not begin with flags that no peer of ZMTP 1.0 sends, in either form, and are rejected by the header", () => {
    for (const bytes of ["0302", "0380", "0345", "ff000000000000000302", "ff00000000000000037e"]) {
      const decoder = new LegacyFrameDecoder()
      decoder.push(hex(bytes))
      expect(
        codeOf(() => decoder.next()),
        bytes,
      ).to.equal("ERR_ZMTP_UNSPECIFIED")
    }
    expect(read([hex("02006101"), hex("0062")]), "a routing id of its own").to.have.length(2)
    expect(read([hex("020161")])).to.deep.equal([[FLAG_MORE, "a"]])
  })

  it("are rejected without flags, in either form", () => {
    for (const bytes of ["00", "ff0000000000000000"]) {
      const decoder = new LegacyFrameDecoder()
      decoder.push(hex(`${bytes}00`))
      expect(codeOf(() => decoder.next())).to.equal("ERR_ZMTP_UNSPECIFIED")
    }
  })

  it("are accepted at exactly the limit, and rejected over it by the header alone", () => {
    const decoder = new LegacyFrameDecoder()
    decoder.limit = 3
    decoder.push(hex("0400616263"))
    expect(decoder.next()).to.equal(true)
    decoder.push(hex("0500"))
    expect(() => decoder.next()).to.throw(LimitError, "Frame of 4 bytes exceeds the limit of 3")
  })

  it("have each of the eight bytes of their length read, most significant first", () => {
    for (let byte = 0; byte < 8; byte++) {
      const bytes = hex("ff000000000000000000")
      bytes[1 + byte] = 2
      const decoder = new LegacyFrameDecoder()
      decoder.limit = 0
      decoder.push(bytes)
      const size = 2 * 2 ** (8 * (7 - byte)) - 1
      expect(() => decoder.next()).to.throw(LimitError, `Frame of ${size} bytes exceeds the limit of 0`)
    }
  })

  it("wait until they are read", () => {
    const decoder = new LegacyFrameDecoder()
    expect([decoder.pending, decoder.next()]).to.deep.equal([false, false])
    decoder.push(hex("020061 0200"))
    expect([decoder.pending, decoder.rest().length]).to.deep.equal([true, 5])
    expect(decoder.next()).to.equal(true)
    expect([decoder.pending, Buffer.from(decoder.rest())]).to.deep.equal([true, hex("0200")])
    expect([decoder.next(), decoder.pending]).to.deep.equal([false, false])
  })
})
