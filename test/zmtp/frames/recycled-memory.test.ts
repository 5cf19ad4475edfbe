import { expect } from "chai"
import { FrameDecoder } from "../../../src/zmtp/frames/frame-decoder.js"
import { RecycledMemory } from "../../../src/zmtp/frames/recycled-memory.js"
import { LARGE_BODY, MAX_RECYCLED_FRAMES, MAX_RECYCLED_MEMORY } from "../../../src/zmtp/limits.js"
import { hex } from "../../support/cuts.js"

const SIZE = 100_000

/** A last frame of `size` bytes, each of them `fill` (RFC 37, "Framing": flags, size in 8 bytes, body). */
function frame(size: number, fill: number): Buffer {
  const header = hex(`02${size.toString(16).padStart(16, "0")}`)
  return Buffer.concat([header, Buffer.alloc(size, fill)])
}

/** The body of one frame that arrives in two chunks. */
function decode(decoder: FrameDecoder, bytes: Buffer): Uint8Array {
  decoder.push(bytes.subarray(0, 1000))
  expect(decoder.next()).to.equal(false)
  decoder.push(bytes.subarray(1000))
  expect(decoder.next()).to.equal(true)
  return decoder.body
}

describe("RecycledMemory", () => {
  it("has a large body read into it", () => {
    const recycled = new RecycledMemory()
    const decoder = new FrameDecoder(recycled)
    const first = decode(decoder, frame(SIZE, 1))
    recycled.add(first)
    const second = decode(decoder, frame(SIZE, 2))
    expect(second.buffer).to.equal(first.buffer)
    expect(Buffer.alloc(SIZE, 2).equals(second)).to.equal(true)
    const third = decode(decoder, frame(SIZE, 3))
    expect(third.buffer).not.to.equal(first.buffer)
    expect(Buffer.alloc(SIZE, 2).equals(second)).to.equal(true)
  })

  it("is what the stream reads into", () => {
    const recycled = new RecycledMemory()
    const memory = Buffer.alloc(SIZE)
    recycled.add(memory)
    const decoder = new FrameDecoder(recycled)
    decoder.push(frame(SIZE, 1).subarray(0, 9))
    expect(decoder.next()).to.equal(false)
    expect(decoder.requestRoom()?.buffer).to.equal(memory.buffer)
  })

  it("is shortened for a smaller body, and not used for one of less than half its size", () => {
    for (const [size, used] of [
      [LARGE_BODY, true],
      [LARGE_BODY - 1, false],
    ] as const) {
      const recycled = new RecycledMemory()
      const memory = Buffer.alloc(2 * LARGE_BODY)
      recycled.add(memory)
      const body = decode(new FrameDecoder(recycled), frame(size, 7))
      expect(body.length).to.equal(size)
      expect(body.buffer === memory.buffer).to.equal(used)
    }
  })

  it("includes the bytes that a mechanism adds to a frame", () => {
    const recycled = new RecycledMemory()
    const memory = Buffer.alloc(SIZE + 33)
    recycled.add(memory.subarray(33))
    expect(recycled.take(SIZE + 33)?.buffer).to.equal(memory.buffer)
  })

  it("does not include other memory around a frame", () => {
    const recycled = new RecycledMemory()
    const memory = Buffer.alloc(3 * SIZE)
    recycled.add(memory.subarray(SIZE, 2 * SIZE))
    expect(recycled.take(SIZE + 1)).to.equal(undefined)
    const taken = recycled.take(SIZE)
    expect([taken?.byteOffset, taken?.length]).to.deep.equal([SIZE, SIZE])
  })

  it("is used for one frame at a time, however often it is added", () => {
    const recycled = new RecycledMemory()
    const memory = Buffer.alloc(SIZE)
    recycled.add(memory)
    recycled.add(memory)
    recycled.add(memory.subarray(0, SIZE - 1))
    expect(recycled.take(SIZE)?.buffer).to.equal(memory.buffer)
    expect(recycled.take(SIZE)).to.equal(undefined)
  })

  const unsuitable: Record<string, () => Uint8Array> = {
    "a small frame": () => new Uint8Array(LARGE_BODY - 1),
    "shared memory": () => new Uint8Array(new SharedArrayBuffer(SIZE)),
    "memory that can be resized": () =>
      new Uint8Array(
        new (ArrayBuffer as new (size: number, options: object) => ArrayBuffer)(SIZE, { maxByteLength: SIZE }),
      ),
  }
  for (const [name, make] of Object.entries(unsuitable)) {
    it(`skips ${name}`, () => {
      const recycled = new RecycledMemory()
      recycled.add(make())
      expect(recycled.take(SIZE)).to.equal(undefined)
      expect(recycled.take(LARGE_BODY - 1)).to.equal(undefined)
    })
  }

  it("drops memory that the application transfers afterward", () => {
    const recycled = new RecycledMemory()
    for (let count = 0; count < MAX_RECYCLED_FRAMES; count++) {
      const memory = new ArrayBuffer(SIZE)
      recycled.add(new Uint8Array(memory))
      structuredClone(memory, { transfer: [memory] })
    }
    expect(recycled.take(SIZE)).to.equal(undefined)
    recycled.add(new Uint8Array(SIZE))
    expect(recycled.take(SIZE)?.length).to.equal(SIZE)
  })

  it("has a limit in bytes", () => {
    const recycled = new RecycledMemory()
    const size = MAX_RECYCLED_MEMORY / 2
    for (let count = 0; count < 3; count++) recycled.add(new Uint8Array(size))
    expect(recycled.take(size)).not.to.equal(undefined)
    recycled.add(new Uint8Array(size))
    expect([recycled.take(size)?.length, recycled.take(size)?.length]).to.deep.equal([size, size])
    expect(recycled.take(size)).to.equal(undefined)
  })

  it("has a limit in frames", () => {
    const recycled = new RecycledMemory()
    for (let count = 0; count <= MAX_RECYCLED_FRAMES; count++) recycled.add(new Uint8Array(LARGE_BODY))
    let taken = 0
    while (recycled.take(LARGE_BODY) !== undefined) taken++
    expect(taken).to.equal(MAX_RECYCLED_FRAMES)
  })
})
