import { expect } from "chai"
import { MessageReader } from "../../src/pgm/message-reader.js"
import { FRAME_OVERHEAD } from "../../src/zmtp/cost.js"
import { LimitError, ProtocolError } from "../../src/zmtp/protocol-error.js"
import { hex } from "../support/cuts.js"
import { text } from "../support/messages.js"
import { CAPTURED } from "../support/pgm.js"

const NO_LIMITS = { maxMessageSize: -1, maxMultipartSize: -1 }

function read(reader: MessageReader, ...apdus: string[]): string[][] {
  const messages: string[][] = []
  for (const apdu of apdus) {
    reader.push(hex(apdu))
    for (let next = reader.next(); next !== undefined; next = reader.next()) messages.push(text(next)!)
  }
  return messages
}

function errorOf(attempt: () => unknown): unknown {
  try {
    attempt()
  } catch (error) {
    return error
  }
  return undefined
}

describe("APDUs with messages", () => {
  it("are parsed as libzmq has written them", () => {
    const apdus = [...CAPTURED.data, CAPTURED.pair].map((packet) => packet.toString("hex", 24))
    expect(read(new MessageReader(NO_LIMITS), ...apdus)).to.deep.equal([
      ["topic", "0000000000"],
      ["topic", "1111111111"],
      ["topic", "2222222222"],
      ["topic", "38".repeat(10)],
      ["topic", "39".repeat(10)],
    ])
  })

  it("are joined at the first message that begins, and parsed from there", () => {
    const reader = new MessageReader(NO_LIMITS)
    expect(read(reader, "ffff 6162", "0002 6364 0301 6161", "ffff 0200 62", "ffff 0200 63")).to.deep.equal([
      ["aa", "b"],
      ["c"],
    ])
  })

  it("are joined at a message that begins with the next APDU", () => {
    expect(read(new MessageReader(NO_LIMITS), "0002 6364", "ffff 0200 61")).to.deep.equal([["a"]])
  })

  it("continue across APDUs, whatever their offsets are", () => {
    expect(read(new MessageReader(NO_LIMITS), "0000 0500", "ffff 61", "ffff 626364 02", "0000 0065")).to.deep.equal([
      ["abcd"],
      ["e"],
    ])
  })

  it("drop an incomplete message when a packet is missing, and join again", () => {
    const reader = new MessageReader(NO_LIMITS)
    expect(read(reader, "0000 0501 6162")).to.deep.equal([])
    reader.reset()
    expect(reader.next()).to.equal(undefined)
    expect(read(reader, "ffff 6364 0200 65", "0001 64 0200 66")).to.deep.equal([["f"]])
  })

  it("are not accepted if the first message is outside, or the offset is missing", () => {
    for (const [apdu, reason] of [
      ["", "Message offset missing in an APDU of 0 bytes"],
      ["00", "Message offset missing in an APDU of 1 bytes"],
      ["0001", "Invalid message offset 1 in an APDU of 2 bytes"],
      ["0003 6162", "Invalid message offset 3 in an APDU of 4 bytes"],
      ["fffe 61", "Invalid message offset 65534 in an APDU of 3 bytes"],
    ] as const) {
      const reader = new MessageReader(NO_LIMITS)
      read(reader, "0000 0501 61")
      const error = errorOf(() => read(reader, apdu))
      expect(error).to.be.instanceOf(ProtocolError)
      expect((error as Error).message).to.equal(reason)
      // The incomplete message from before is not continued.
      expect(read(reader, "ffff 626364", "0000 0200 61")).to.deep.equal([["a"]])
    }
  })

  it("are rejected without flags, and joined again after that", () => {
    const reader = new MessageReader(NO_LIMITS)
    expect(errorOf(() => read(reader, "0000 00 61"))).to.be.instanceOf(ProtocolError)
    expect(read(reader, "ffff 61", "0000 0200 61")).to.deep.equal([["a"]])
  })

  it("do not exceed the limits of the socket", () => {
    const limitOf = (limits: typeof NO_LIMITS, ...apdus: string[]) => {
      const error = errorOf(() => read(new MessageReader(limits), ...apdus))
      return error instanceof LimitError ? error.limit : error
    }
    const two = { ...NO_LIMITS, maxMessageSize: 2 }
    expect(limitOf(two, "0000 0301 6161 0301 6161 0300 6161")).to.equal(undefined)
    expect(limitOf(two, "0000 0400 616161")).to.equal("maxMessageSize")
    const none = { ...NO_LIMITS, maxMessageSize: 0 }
    expect([limitOf(none, "0000 0100"), limitOf(none, "0000 0200 61")]).to.deep.equal([undefined, "maxMessageSize"])
    const four = { ...NO_LIMITS, maxMultipartSize: FRAME_OVERHEAD + 4 }
    expect(limitOf(four, "0000 0301 6161 0300 6161", "0000 0500 61616161")).to.equal(undefined)
    expect(limitOf(four, "0000 0301 6161 0300 6161 0301 6161 0300 6161")).to.equal(undefined)
    expect(limitOf(four, "0000 0301 6161 0400 616161")).to.equal("maxMultipartSize")
    const nothing = { ...NO_LIMITS, maxMultipartSize: 0 }
    expect([limitOf(nothing, "0000 0100"), limitOf(nothing, "0000 0200 61")]).to.deep.equal([
      undefined,
      "maxMultipartSize",
    ])
    expect(limitOf({ maxMessageSize: 2, maxMultipartSize: FRAME_OVERHEAD + 3 }, "0000 0301 6161 0300 6161")).to.equal(
      "maxMultipartSize",
    )
    expect(limitOf({ maxMessageSize: 2, maxMultipartSize: FRAME_OVERHEAD + 4 }, "0000 0301 6161 0400")).to.equal(
      "maxMessageSize",
    )
    expect(limitOf(NO_LIMITS, "0000 ff 0000000100000001 00")).to.equal("maxMultipartSize")
    expect(limitOf(NO_LIMITS, "0000 ff 0000000100000000 00")).to.equal(undefined)
  })

  it("are not kept in memory for a few bytes of an incomplete message", () => {
    const reader = new MessageReader(NO_LIMITS)
    // A message of 199 bytes, and the first frame of another one.
    reader.push(hex(`0000 c800 ${"78".repeat(199)} 0401 616263`))
    expect(reader.next()?.[0]?.length).to.equal(199)
    expect(reader.next()).to.equal(undefined)
    reader.push(hex("ffff 0200 65"))
    const next = reader.next()!
    expect([text(next), next[0]!.buffer.byteLength]).to.deep.equal([["abc", "e"], 3])
  })

  it("are not kept in memory for the first frame after joining, and no frame for another", () => {
    const reader = new MessageReader(NO_LIMITS)
    for (const apdu of [`00c8 ${"78".repeat(200)} 0401 616263`, `ffff 0301 6465`, `ffff 0200 66`]) {
      expect(reader.next()).to.equal(undefined)
      reader.push(hex(apdu))
    }
    const next = reader.next()!
    const sizes = next.slice(0, 2).map(({ buffer }) => buffer.byteLength)
    expect([text(next), sizes]).to.deep.equal([
      ["abc", "de", "f"],
      [3, 2],
    ])
  })

  it("have at most 65,536 frames", () => {
    const frames = (count: number) => `0000 ${"0101".repeat(count - 1)}0100`
    expect(read(new MessageReader(NO_LIMITS), frames(65_536))[0]).to.have.length(65_536)
    expect(errorOf(() => read(new MessageReader(NO_LIMITS), frames(65_537)))).to.include({
      limit: "frames of a message",
    })
  })
})
