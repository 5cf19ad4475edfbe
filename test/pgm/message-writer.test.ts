import { expect } from "chai"
import { MessageWriter } from "../../src/pgm/message-writer.js"
import { message } from "../support/messages.js"
import { CAPTURED } from "../support/pgm.js"

/** All data of `writer`, in APDUs of at most `size` bytes. */
function apdus(writer: MessageWriter, size: number): string[] {
  const all: string[] = []
  while (writer.length > 0) {
    const apdu = Buffer.alloc(size, 0xee)
    all.push(apdu.toString("hex", 0, writer.write(apdu)))
  }
  return all
}

describe("messages in APDUs", () => {
  it("are written as libzmq has written them", () => {
    for (const [index, packet] of CAPTURED.data.entries()) {
      const writer = new MessageWriter()
      writer.push(message("topic", String(index).repeat(10)))
      expect(writer.length).to.equal(packet.length - 26)
      expect(apdus(writer, 1448)).to.deep.equal([packet.toString("hex", 24)])
    }
    const writer = new MessageWriter()
    for (const number of ["38", "39"]) writer.push(message("topic", number.repeat(10)))
    expect(apdus(writer, 1448)).to.deep.equal([CAPTURED.pair.toString("hex", 24)])
  })

  it("have the offset of the first message that begins in them, or 0xffff", () => {
    const writer = new MessageWriter()
    writer.push(message("abcdef"))
    writer.push(message("g"))
    writer.push(message("h"))
    expect(apdus(writer, 6)).to.deep.equal(["00000700 6162", "ffff63646566", "000002006702", "ffff0068"].map(bare))
  })

  it("do not count a frame after the first as the beginning of a message", () => {
    const writer = new MessageWriter()
    writer.push(message("ab", "cd", "ef"))
    expect(apdus(writer, 6)).to.deep.equal(["000003016162", "ffff03016364", "ffff03006566"])
  })

  it("are split anywhere, also within headers", () => {
    for (let size = 3; size < 40; size++) {
      const writer = new MessageWriter()
      writer.push(message("", "topic", "x".repeat(20)))
      writer.push([Buffer.alloc(300, 1)])
      writer.push(message(""))
      const stream = apdus(writer, size).map((apdu) => apdu.slice(4))
      const long = `ff000000000000012d00${"01".repeat(300)}`
      expect(stream.join("")).to.equal(bare(`0101 0601746f706963 1500${"78".repeat(20)} ${long} 0100`))
    }
  })

  it("use the long form for frames of at least 254 bytes (RFC 13)", () => {
    for (const [size, header] of [
      [253, "fe00"],
      [254, "ff00000000000000ff00"],
      [70_000, "ff000000000001117100"],
    ] as const) {
      const writer = new MessageWriter()
      writer.push([Buffer.alloc(size)])
      expect(writer.length).to.equal(size + header.length / 2)
      const apdu = Buffer.alloc(100)
      writer.write(apdu)
      expect(apdu.toString("hex", 2, 2 + header.length / 2)).to.equal(header)
    }
  })

  it("consist of only an offset without messages", () => {
    const apdu = Buffer.alloc(10)
    expect(new MessageWriter().write(apdu)).to.equal(2)
    expect(apdu.readUInt16BE(0)).to.equal(0xffff)
  })
})

function bare(text: string): string {
  return text.replaceAll(" ", "")
}
