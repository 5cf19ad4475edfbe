import { expect } from "chai"
import { runInNewContext, runInThisContext } from "node:vm"
import {
  asFrame,
  binaryKey,
  bytesOfKey,
  concat,
  copy,
  COPY_LIMIT,
  decodeText,
  detach,
  encodeText,
  inFixedMemory,
  isBytes,
  isMemory,
  ownCopy,
  put,
  retain,
  sizeOf,
  withLengths,
} from "../../src/zmtp/bytes.js"
import { hex } from "../support/cuts.js"

describe("bytes", () => {
  it("encodes text as UTF-8 and decodes it, with U+FFFD for invalid bytes", () => {
    expect(Buffer.from(encodeText("ø€"))).to.deep.equal(hex("c3b8e282ac"))
    expect(decodeText(hex("c3b8e282ac"))).to.equal("ø€")
    expect(decodeText(hex("61ff"))).to.equal("a\ufffd")
  })

  it("recognizes bytes and memory from any realm, and nothing else", () => {
    const other = (code: string): unknown => runInNewContext(code)
    for (const bytes of [new Uint8Array(1), Buffer.alloc(1), other("new Uint8Array(1)")]) {
      expect([isBytes(bytes), isMemory(bytes)]).to.deep.equal([true, false])
    }
    for (const code of ["new ArrayBuffer(8)", "new SharedArrayBuffer(8)"]) {
      for (const memory of [other(code), runInThisContext(code)]) {
        expect([isBytes(memory), isMemory(memory)], code).to.deep.equal([false, true])
      }
    }
    for (const value of [
      ...[undefined, null, 1, "text", {}, [1], new Uint16Array(1), new DataView(new ArrayBuffer(1)), new Int8Array(1)],
      ...["new Uint16Array(1)", "new DataView(new ArrayBuffer(1))", "new Uint8ClampedArray(1)", "[1]"].map(other),
      ...["Uint8Array", "ArrayBuffer", "SharedArrayBuffer"].map((tag) => ({
        [Symbol.toStringTag]: tag,
        byteLength: 8,
      })),
    ]) {
      expect([isBytes(value), isMemory(value)], String(value)).to.deep.equal([false, false])
    }
  })

  it("creates different keys for different bytes", () => {
    const every = Uint8Array.from({ length: 256 }, (_, byte) => byte)
    expect(Array.from(binaryKey(every), (character) => character.charCodeAt(0))).to.deep.equal([...every])
  })

  it("restores the bytes of a key", () => {
    const every = Uint8Array.from({ length: 256 }, (_, byte) => byte)
    expect([...bytesOfKey(binaryKey(every))]).to.deep.equal([...every])
    expect(bytesOfKey("ab").buffer.byteLength).to.equal(2)
  })

  it("reads the part of the memory that a view shows", () => {
    const view = Uint8Array.from(Buffer.from("xabx")).subarray(1, 3)
    expect([decodeText(view), binaryKey(view), asFrame(view).toString()]).to.deep.equal(["ab", "ab", "ab"])
    expect(asFrame(view).buffer).to.equal(view.buffer)
  })

  it("returns a frame of the platform unchanged", () => {
    const frame = hex("6162")
    expect(asFrame(frame)).to.equal(frame)
  })

  it("puts a frame into memory, and nothing if the application has transferred it", () => {
    const target = Buffer.alloc(4, "x")
    put(target, Buffer.from("a"), 1)
    const lost = new Uint8Array(2)
    structuredClone(lost.buffer, { transfer: [lost.buffer] })
    put(target, lost, 2)
    expect(target.toString()).to.equal("xaxx")
  })

  it("copies resizable memory to memory of a fixed size, and nothing else", () => {
    const frame = Buffer.from("abc")
    expect(inFixedMemory(frame)).to.equal(frame)
    for (const Memory of [ArrayBuffer, SharedArrayBuffer]) {
      // The type declarations of Node 20 do not include resizable memory.
      const memory = Reflect.construct(Memory, [3, { maxByteLength: 10 }]) as ArrayBuffer
      const resizable = new Uint8Array(memory)
      resizable.set(frame)
      const fixed = inFixedMemory(resizable)
      expect([Buffer.from(fixed).toString(), fixed.buffer === memory]).to.deep.equal(["abc", false])
    }
  })

  it("detaches memory with or without the method of recent platforms", () => {
    for (const own of [{}, { transfer: undefined }]) {
      const memory = Object.assign(new Uint8Array([1, 2, 3]).buffer, own)
      const moved = detach(memory)
      expect([[...new Uint8Array(moved)], memory.byteLength]).to.deep.equal([[1, 2, 3], 0])
    }
  })

  it("copies bytes to be kept", () => {
    const bytes = hex("616263")
    const kept = copy(bytes)
    bytes.fill(0)
    expect(Buffer.from(kept).toString()).to.equal("abc")
  })

  it("copies bytes to be kept for long into memory of their own", () => {
    for (const size of [0, 3, COPY_LIMIT, 1000]) {
      const bytes = Buffer.alloc(size, "abc")
      const kept = ownCopy(bytes)
      expect([bytes.equals(kept), kept.buffer.byteLength]).to.deep.equal([true, size])
    }
  })

  it("continues in other memory if the pool of small copies was transferred", () => {
    const first = copy(hex("61"))
    structuredClone(first.buffer, { transfer: [first.buffer as ArrayBuffer] })
    expect(first.length).to.equal(0)
    expect(Buffer.from(copy(hex("62"))).toString()).to.equal("b")
  })

  it("counts the bytes of a whole message", () => {
    for (const [frames, size] of [
      [[""], 0],
      [["6162"], 2],
      [["61", "", "62636465", "66"], 6],
    ] as const) {
      expect(sizeOf(frames.map(hex))).to.equal(size)
    }
  })

  it("joins parts", () => {
    expect(Buffer.from(concat([hex("61"), hex(""), hex("6263")], 3)).toString()).to.equal("abc")
  })

  it("keeps pieces as they are unless one has lost its memory, and fills the gap with zeros", () => {
    const pieces = [Buffer.from("abc"), Buffer.from("de")]
    expect(withLengths(pieces, [3, 2])).to.equal(pieces)
    const lost = Buffer.concat(withLengths([new Uint8Array(0), Buffer.from("de")], [3, 2]))
    expect(lost).to.deep.equal(hex("000000 6465"))
    for (const length of [1, 2, 65_535, 65_536, 65_537]) {
      const whole = withLengths([Buffer.from("a"), new Uint8Array(0)], [1, length])
      expect(Buffer.concat(whole).equals(Buffer.from(`a${"\0".repeat(length)}`)), String(length)).to.equal(true)
      expect(whole.filter((piece) => piece.length === 0)).to.be.empty
    }
    const large = withLengths([new Uint8Array(0)], [200_000])
    expect(Buffer.concat(large).equals(Buffer.alloc(200_000))).to.equal(true)
    expect(Buffer.concat(withLengths([Buffer.from("abcdef")], [4])).toString()).to.equal("abcd")
  })

  it(`copies up to ${COPY_LIMIT} bytes to shared memory, and more to memory of their own`, () => {
    const copies = [COPY_LIMIT, COPY_LIMIT, COPY_LIMIT].map((size) => copy(Buffer.alloc(size)))
    expect(new Set(copies.map(({ buffer }) => buffer)).size).to.be.lessThan(3)
    const large = copy(Buffer.alloc(COPY_LIMIT + 1))
    expect(copies.some(({ buffer }) => buffer === large.buffer)).to.equal(false)
  })

  it(`copies frames up to ${COPY_LIMIT} bytes to keep them, and references larger ones`, () => {
    const small = Buffer.alloc(COPY_LIMIT, "s")
    const large = Buffer.alloc(COPY_LIMIT + 1, "l")
    const kept = retain([small, large]).map((frame) => Buffer.from(frame.buffer, frame.byteOffset, frame.length))
    small.fill("x")
    large.fill("x")
    expect(kept.map((frame) => String.fromCharCode(frame[0]!))).to.deep.equal(["s", "x"])
  })
})
