import { expect } from "chai"
import { BinaryReader } from "../../src/cli/binary-reader.js"
import { cuts } from "../support/cuts.js"

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** Encodes a message in the format of `--binary`. */
function encode(frames: readonly Buffer[]): Buffer {
  return Buffer.concat([number(frames.length), ...frames.flatMap((frame) => [number(frame.length), frame])])
}

function* inChunks(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** The messages in `chunks`, and whether the last one is incomplete. */
function read(chunks: Iterable<Uint8Array>): { messages: Buffer[][]; partial: boolean } {
  const reader = new BinaryReader()
  const messages: Buffer[][] = []
  for (const chunk of chunks) {
    reader.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length))
    for (let message = reader.next(); message !== undefined; message = reader.next()) messages.push(message)
  }
  return { messages, partial: reader.partial }
}

describe("messages with their lengths", () => {
  const messages = [["a", ""], [], [""], ["hello", "there", "x".repeat(30)], ["b"]].map((frames) =>
    frames.map((frame) => Buffer.from(frame)),
  )
  const stream = Buffer.concat(messages.map(encode))

  it("are the same however the bytes are split", () => {
    for (const chunks of cuts(stream)) expect(read(chunks)).to.deep.equal({ messages, partial: false })
  })

  it("are incomplete unless the bytes end with a complete message", () => {
    for (let end = 1; end < 20; end++) {
      // The first message ends after 13 bytes, and the second one after 17.
      expect(read([stream.subarray(0, end)]).partial).to.equal(end !== 13 && end !== 17)
    }
    expect(read([]).partial).to.equal(false)
  })

  it("are not copied if a frame lies in one chunk", () => {
    const chunk = encode([Buffer.from("abc")])
    const [[frame]] = read([chunk]).messages as [[Buffer]]
    expect(frame.buffer).to.equal(chunk.buffer)
  })

  // With this many chunks, the test times out if the reader scans earlier chunks again for each new one.
  for (const [what, frames, chunk] of [
    ["one frame of 64 MiB, 256 bytes at a time", [Buffer.alloc(64 * 1024 * 1024, 7)], 256],
    ["100,000 frames of 3 bytes, 8 bytes at a time", Array<Buffer>(100_000).fill(Buffer.from("abc")), 8],
    ["100,000 empty frames, a byte at a time", Array<Buffer>(100_000).fill(Buffer.alloc(0)), 1],
  ] as const) {
    it(`are read in linear time: ${what}`, () => {
      const { messages, partial } = read(inChunks(encode(frames), chunk))
      expect([messages.length, partial]).to.deep.equal([1, false])
      expect(Buffer.compare(encode(messages[0]!), encode(frames))).to.equal(0)
    })
  }
})
