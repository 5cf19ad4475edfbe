import { expect } from "chai"
import { encodeMetadata, MAX_PROPERTIES, parseMetadata } from "../../../src/zmtp/handshake/metadata.js"
import { hex } from "../../support/cuts.js"
import { codeOf } from "../../support/messages.js"
import { READY, READY_DEALER_AB } from "../../support/vectors.js"

/** The body of a READY frame, without the name of the command. */
const properties = (ready: Buffer): Buffer => ready.subarray(8)

const TYPE = properties(READY.REP)

const parsed = (bytes: Buffer): [string, string][] =>
  [...parseMetadata(bytes)].map(([name, value]) => [name, Buffer.from(value).toString("latin1")])

describe('metadata (RFC 37, "Connection Metadata")', () => {
  it("reads the properties of a libzmq peer", () => {
    expect(parsed(TYPE)).to.deep.equal([["socket-type", "REP"]])
    expect(parsed(properties(READY_DEALER_AB))).to.deep.equal([
      ["socket-type", "DEALER"],
      ["identity", "ab"],
    ])
  })

  it("writes them as libzmq does", () => {
    const dealer = [
      ["Socket-Type", Buffer.from("DEALER")],
      ["Identity", Buffer.from("ab")],
    ] as const
    expect(Buffer.from(encodeMetadata(dealer))).to.deep.equal(properties(READY_DEALER_AB))
    expect(encodeMetadata([])).to.be.empty
  })

  it("treats names as case-insensitive", () => {
    expect(parsed(hex("0b534f434b45542d5479506500000003524551"))).to.deep.equal([["socket-type", "REQ"]])
  })

  it("accepts a peer that announces nothing", () => {
    expect(parsed(hex(""))).to.be.empty
  })

  it("accepts an empty name and an empty value", () => {
    expect(parsed(hex("0000000000"))).to.deep.equal([["", ""]])
  })

  it("keeps no memory alive other than that of the properties", () => {
    const chunk = new Uint8Array(64 * 1024)
    chunk.set(TYPE, 100)
    const [[, value] = []] = parseMetadata(chunk.subarray(100, 100 + TYPE.length))
    expect(value!.buffer.byteLength).to.equal(TYPE.length)
    chunk.fill(0)
    expect(Buffer.from(value!).toString()).to.equal("REP")
  })

  it("keeps the first of a property given twice", () => {
    expect(parsed(hex("01610000000131 01410000000132"))).to.deep.equal([["a", "1"]])
  })

  it("rejects properties that are truncated anywhere", () => {
    for (let length = 1; length < TYPE.length; length++) {
      expect(codeOf(() => parseMetadata(TYPE.subarray(0, length)))).to.equal("ERR_ZMTP_INVALID_METADATA")
    }
  })

  it("rejects bytes after the last property", () => {
    for (const stray of ["00", "ff", "0000", "00000000"]) {
      const bytes = Buffer.concat([TYPE, hex(stray)])
      expect(codeOf(() => parseMetadata(bytes))).to.equal("ERR_ZMTP_INVALID_METADATA")
    }
  })

  it("rejects a value of four gigabytes that is only announced", () => {
    expect(codeOf(() => parseMetadata(hex("0161ffffffff00")))).to.equal("ERR_ZMTP_INVALID_METADATA")
  })

  it("uses the error code that the mechanism passes", () => {
    expect(codeOf(() => parseMetadata(hex("01"), "ERR_ZAP_INVALID_METADATA"))).to.equal("ERR_ZAP_INVALID_METADATA")
  })

  it(`accepts ${MAX_PROPERTIES} properties and no more`, () => {
    const named = (count: number): Buffer =>
      Buffer.concat(Array.from({ length: count }, (_, index) => Buffer.from([1, index, 0, 0, 0, 0])))
    expect(parsed(named(MAX_PROPERTIES))).to.have.length(MAX_PROPERTIES)
    expect(codeOf(() => parseMetadata(named(MAX_PROPERTIES + 1)))).to.equal("ERR_ZMTP_INVALID_METADATA")
  })
})
