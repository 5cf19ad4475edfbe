import { expect } from "chai"
import { commandData, encodeCommand, parseCommand } from "../../../src/zmtp/commands/command.js"
import { hex } from "../../support/cuts.js"
import { COMMAND } from "../../support/vectors.js"

const body = (frame: Buffer): Buffer => frame.subarray(2)

describe('Command (RFC 37, "Commands")', () => {
  const vectors: [name: string, data: string, frame: Buffer][] = [
    ["SUBSCRIBE", "", COMMAND.subscribeAll],
    ["SUBSCRIBE", "A", COMMAND.subscribeA],
    ["CANCEL", "", COMMAND.cancelAll],
    ["CANCEL", "A", COMMAND.cancelA],
    ["PING", "\x01\x2cabc", COMMAND.pingTtl30000Abc],
    ["PONG", "abc", COMMAND.pongAbc],
    ["ERROR", "\x03400", COMMAND.error400],
  ]
  for (const [name, data, frame] of vectors) {
    it(`encodes and parses ${name} with ${JSON.stringify(data)}`, () => {
      expect(Buffer.from(encodeCommand(name, Buffer.from(data, "latin1")))).to.deep.equal(body(frame))
      expect(Buffer.from(commandData(body(frame), name)!).toString("latin1")).to.equal(data)
      const parsed = parseCommand(body(frame))!
      expect([parsed.name, Buffer.from(parsed.data).toString("latin1")]).to.deep.equal([name, data])
    })
  }

  it("joins several pieces of data", () => {
    expect(Buffer.from(encodeCommand("PING", hex("012c"), hex("616263")))).to.deep.equal(body(COMMAND.pingTtl30000Abc))
  })

  for (const [name, bytes] of [
    ["an empty body", ""],
    ["a truncated name", "0450494e"],
    ["a name longer than the body", "ff616263"],
    ["another name of the same length", "04504f4e47"],
    ["the name in lower case", "0470696e67"],
    ["the name with another length before it", "0550494e4758"],
    ["a name that differs in its first letter", "0452494e470000"],
    ["a name that differs in its last letter", "0450494e480000"],
  ] as const) {
    it(`does not mistake ${name} for PING`, () => {
      expect(commandData(hex(bytes), "PING")).to.equal(undefined)
    })
  }

  it("parses names of any length", () => {
    for (const name of ["A", "!", "~".repeat(255)]) {
      const parsed = parseCommand(Buffer.concat([Buffer.of(name.length), Buffer.from(`${name}data`)]))!
      expect([parsed.name, parsed.data.toString()]).to.deep.equal([name, "data"])
    }
  })

  for (const [name, bytes] of [
    ["an empty body", ""],
    ["an empty name", "00"],
    ["a truncated name", "0450494e"],
    ["a name with a space", "0350 2047"],
    ["a name that is not ASCII", "02c3a4"],
    ["a name with a zero byte", "02 4100"],
  ] as const) {
    it(`finds no command in ${name}`, () => {
      expect(parseCommand(hex(bytes))).to.equal(undefined)
    })
  }
})
