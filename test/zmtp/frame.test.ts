import { expect } from "chai"
import { FrameDecoder } from "../../src/zmtp/frame.js"
import { Outbox } from "../../src/zmtp/outbox.js"
import { ProtocolError } from "../../src/zmtp/protocol-error.js"
import { cuts, hex } from "../support/cuts.js"

const HELLO = Buffer.from("hello")

function decode(chunks: Buffer[]): [flags: number, body: string][] {
  const decoder = new FrameDecoder()
  const frames: [number, string][] = []
  for (const chunk of chunks) {
    decoder.push(chunk)
    while (decoder.next()) frames.push([decoder.flags, Buffer.from(decoder.body).toString("latin1")])
  }
  return frames
}

describe("FrameDecoder", () => {
  const vectors: [name: string, bytes: string, frames: [number, string][]][] = [
    ["an empty last frame", "0000", [[0, ""]]],
    ["an empty frame with MORE", "0100", [[1, ""]]],
    ["a last frame", "000568656c6c6f", [[0, "hello"]]],
    ["a frame with MORE", "010568656c6c6f", [[1, "hello"]]],
    ["the long form of a short frame", "020000000000000003616263", [[2, "abc"]]],
    [
      "a request",
      "010000026869",
      [
        [1, ""],
        [0, "hi"],
      ],
    ],
    [
      "a request with an id",
      "010404030201010000026869",
      [
        [1, "\x04\x03\x02\x01"],
        [1, ""],
        [0, "hi"],
      ],
    ],
    ["reserved flags", "f80178", [[0xf8, "x"]]],
    ["SUBSCRIBE to A", "040b0953554253435249424541", [[4, "\x09SUBSCRIBEA"]]],
  ]
  for (const [name, bytes, frames] of vectors) {
    it(`reads ${name}, however it is cut`, () => {
      for (const chunks of cuts(hex(bytes))) expect(decode(chunks)).to.deep.equal(frames)
    })
  }

  it("refuses a frame over the limit as soon as its header is there", () => {
    const decoder = new FrameDecoder()
    decoder.limit = 10
    decoder.push(hex("000b"))
    expect(() => decoder.next()).to.throw(ProtocolError)
    const long = new FrameDecoder()
    long.push(hex("02ffffffffffffffff"))
    expect(() => long.next()).to.throw(ProtocolError)
  })
})

describe("Outbox", () => {
  const encoded = (flags: number, body: Buffer): Buffer => {
    const outbox = new Outbox()
    outbox.frame(flags, body)
    return Buffer.concat(outbox.drain())
  }

  it("writes the short form up to 255 bytes and the long form from 256", () => {
    expect(encoded(0, HELLO)).to.deep.equal(hex("000568656c6c6f"))
    expect(encoded(1, HELLO)).to.deep.equal(hex("010568656c6c6f"))
    expect(encoded(0, Buffer.alloc(255)).subarray(0, 2)).to.deep.equal(hex("00ff"))
    expect(encoded(0, Buffer.alloc(256)).subarray(0, 9)).to.deep.equal(hex("020000000000000100"))
    expect(encoded(1, Buffer.alloc(256)).subarray(0, 9)).to.deep.equal(hex("030000000000000100"))
    expect(encoded(0, Buffer.alloc(65536)).subarray(0, 9)).to.deep.equal(hex("020000000000010000"))
  })

  it("keeps frames in order, whether gathered or referenced", () => {
    const outbox = new Outbox()
    const bodies = [1, 20_000, 5, 70_000, 0, 300].map((size, index) => Buffer.alloc(size, index + 65))
    for (const body of bodies) outbox.frame(0, body)
    const frames = decode([Buffer.concat(outbox.drain())]).map(([, body]) => body)
    expect(frames).to.deep.equal(bodies.map(String))
  })
})
