import { expect } from "chai"
import { FrameDecoder } from "../../../src/zmtp/frames/frame-decoder.js"
import { RecycledMemory } from "../../../src/zmtp/frames/recycled-memory.js"
import { LARGE_BODY, MAX_RECYCLED_FRAMES, MAX_RECYCLED_MEMORY } from "../../../src/zmtp/limits.js"
import { hex } from "../../support/cuts.js"

const SIZE = 100_000

/**
 * The last frame of a message, with a body of `size` bytes with the value `fill` (RFC 37, "Framing": flags, 8-byte
 * size, body).
 */
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

/** Memory that contains the body of a single frame. */
function exclusive(recycled: RecycledMemory, size: number, fill = 0): Uint8Array {
  const memory = new Uint8Array(size).fill(fill)
  recycled.allocated(memory.buffer)
  return memory
}

/** Recycled memory that is in use. */
function inUse(): RecycledMemory {
  const recycled = new RecycledMemory()
  recycled.add(new Uint8Array(1))
  return recycled
}

describe("RecycledMemory", () => {
  it("receives the next large body", () => {
    const recycled = inUse()
    const decoder = new FrameDecoder(recycled)
    // The memory for the first body grows with the received data. The second one gets its memory at once.
    decode(decoder, frame(SIZE, 1))
    recycled.add(decode(decoder, frame(SIZE, 2)))
    decoder.push(frame(SIZE, 3).subarray(0, 9))
    expect(decoder.next()).to.equal(false)
    const room = decoder.requestRoom()!.subarray(0, SIZE)
    expect(Buffer.alloc(SIZE, 2).equals(room)).to.equal(true)
    room.fill(4)
    decoder.push(room)
    expect(decoder.next()).to.equal(true)
    expect(Buffer.alloc(SIZE, 4).equals(decoder.body)).to.equal(true)
  })

  it("is detached from the frame and its views", () => {
    const recycled = inUse()
    const decoder = new FrameDecoder(recycled)
    decode(decoder, frame(SIZE, 1))
    const body = decode(decoder, frame(SIZE, 2))
    const part = body.subarray(10, 20)
    recycled.add(body)
    expect([body.length, part.length]).to.deep.equal([0, 0])
    recycled.add(body)
    expect(recycled.take(SIZE)?.length).to.equal(SIZE)
    expect(recycled.take(SIZE)).to.equal(undefined)
  })

  it("does not include the first frame that is given back, because nothing is recorded before", () => {
    const recycled = new RecycledMemory()
    const first = exclusive(recycled, SIZE)
    recycled.add(first)
    expect([first.length, recycled.take(SIZE)]).to.deep.equal([SIZE, undefined])
    recycled.add(exclusive(recycled, SIZE))
    expect(recycled.take(SIZE)?.length).to.equal(SIZE)
  })

  it("does not include memory that other frames may share", () => {
    const recycled = inUse()
    const decoder = new FrameDecoder(recycled)
    decoder.push(Buffer.concat([frame(SIZE, 1), frame(SIZE, 2)]))
    expect(decoder.next()).to.equal(true)
    const first = decoder.body
    expect(decoder.next()).to.equal(true)
    recycled.add(first)
    expect(Buffer.alloc(SIZE, 1).equals(first)).to.equal(true)
    expect(Buffer.alloc(SIZE, 2).equals(decoder.body)).to.equal(true)
    const own = Buffer.alloc(SIZE)
    recycled.add(own)
    expect(own.length).to.equal(SIZE)
    expect(recycled.take(SIZE)).to.equal(undefined)
  })

  it("is shortened for a smaller body, and whole again when that is recycled", () => {
    const recycled = inUse()
    recycled.add(exclusive(recycled, 2 * LARGE_BODY))
    const smaller = recycled.take(LARGE_BODY)!
    expect(smaller.length).to.equal(LARGE_BODY)
    recycled.add(smaller)
    expect(recycled.take(2 * LARGE_BODY)?.length).to.equal(2 * LARGE_BODY)
  })

  it("is not used for a body that would fill less than half of it, or that is larger", () => {
    const recycled = inUse()
    recycled.add(exclusive(recycled, 2 * SIZE))
    expect(recycled.take(SIZE - 1)).to.equal(undefined)
    expect(recycled.take(2 * SIZE + 1)).to.equal(undefined)
    expect(recycled.take(SIZE)?.length).to.equal(SIZE)
  })

  it("includes the bytes that a mechanism adds to a frame", () => {
    const recycled = inUse()
    recycled.add(exclusive(recycled, SIZE + 33).subarray(33))
    expect(recycled.take(SIZE + 33)?.length).to.equal(SIZE + 33)
  })

  it("does not include a small body", () => {
    const recycled = inUse()
    const small = exclusive(recycled, LARGE_BODY - 1)
    recycled.add(small)
    expect(small.length).to.equal(LARGE_BODY - 1)
    expect(recycled.take(LARGE_BODY - 1)).to.equal(undefined)
  })

  it("has a limit in bytes, beyond which a frame stays as it is", () => {
    const recycled = inUse()
    const size = MAX_RECYCLED_MEMORY / 2
    for (let count = 0; count < 2; count++) recycled.add(exclusive(recycled, size))
    const last = exclusive(recycled, size)
    recycled.add(last)
    expect(last.length).to.equal(size)
    expect([recycled.take(size)?.length, recycled.take(size)?.length]).to.deep.equal([size, size])
    expect(recycled.take(size)).to.equal(undefined)
  })

  it("has a limit in frames", () => {
    const recycled = inUse()
    for (let count = 0; count <= MAX_RECYCLED_FRAMES; count++) recycled.add(exclusive(recycled, LARGE_BODY))
    let taken = 0
    while (recycled.take(LARGE_BODY) !== undefined) taken++
    expect(taken).to.equal(MAX_RECYCLED_FRAMES)
  })
})
