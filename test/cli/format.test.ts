import { expect } from "chai"
import { UsageError } from "../../src/cli/command.js"
import { FORMAT, formatOf, parsePeer, printPeer, type Envelope } from "../../src/cli/format.js"
import type { MessageLike } from "../../src/index.js"
import { givenFor } from "../support/given.js"
import { caught, thrown } from "../support/receiving.js"

const format = (name: string, envelope?: Envelope, single = false, ...more: string[]) =>
  formatOf(givenFor([FORMAT], ["--format", name, ...more]), envelope, single)

const bytes = (frame: MessageLike): string => (frame === null ? "" : Buffer.from(frame as string).toString("latin1"))

describe("the format of lines", () => {
  it("is text by default, with tabs between frames", async () => {
    const text = await formatOf(givenFor([FORMAT]), undefined)
    expect(text.parse("a\tb\t")).to.deep.equal(["a", "b", ""])
    expect(text.print([Buffer.from("a"), Buffer.from("b\n\x1b")], "time")).to.equal("time\ta\tb\\n\\x1b")
  })

  it("separates the frames of text as requested", async () => {
    const text = await format("text", undefined, false, "--separator", " | ")
    expect(text.parse("a | b\tc")).to.deep.equal(["a", "b\tc"])
    expect(text.print([Buffer.from("a"), Buffer.from("b")])).to.equal("a | b")
    const whole = await format("text", undefined, false, "--separator", "")
    expect(whole.parse("a\tb")).to.deep.equal(["a\tb"])
  })

  it("rejects a separator for other formats", async () => {
    const error = await caught(format("json", undefined, false, "--separator", ","))
    expect(error).to.be.instanceOf(UsageError)
    expect(error.message).to.equal("--separator is for --format text and raw, not for json")
  })

  it("keeps separators in the only frame of socket types with single frames", async () => {
    expect((await format("text", undefined, true)).parse("a\tb")).to.deep.equal(["a\tb"])
    expect((await format("text", "group", true)).parse("g\ta\tb")).to.deep.equal(["g", "a\tb"])
  })

  it("prints raw bytes unchanged", async () => {
    const raw = await format("raw")
    expect(raw.print([Buffer.from([0xff]), Buffer.from("\x1b")])).to.deep.equal(Buffer.from([0xff, 9, 0x1b]))
    expect(raw.print([Buffer.from("a")], "time")).to.deep.equal(Buffer.from("time\ta"))
  })

  it("reads and prints hexadecimal, with - for an empty frame", async () => {
    const hex = await format("hex")
    expect(hex.parse(" 00fF  - 61 ").map(bytes)).to.deep.equal(["\x00\xff", "", "a"])
    expect(hex.print([Buffer.from([0, 255]), Buffer.alloc(0)], "time")).to.equal("time 00ff -")
    for (const wrong of ["0", "0g", "x", "", "0x00"]) {
      expect(
        thrown(() => hex.parse(wrong)),
        wrong,
      ).to.be.instanceOf(UsageError)
    }
  })

  it("reads and prints the numbers of peers as numbers, even in hexadecimal lines", async () => {
    const hex = await format("hex", "number")
    expect(hex.parse("17 61").map(bytes)).to.deep.equal(["17", "a"])
    expect(hex.print([Buffer.from("17"), Buffer.from("a")])).to.equal("17 61")
  })

  it("reads and prints JSON, with the envelope before the value", async () => {
    const json = await format("json")
    expect(json.parse('{"a": 1}').map(bytes)).to.deep.equal(['{"a":1}'])
    expect(json.print([Buffer.from('{"a":"\u2028"}')], "time")).to.equal('["time",{"a":"\\u2028"}]')
    const topics = await format("json", "topic")
    expect(topics.parse('["t", 1]').map(bytes)).to.deep.equal(["t", "1"])
    expect(topics.print([Buffer.from("t"), Buffer.from("1")])).to.equal('["t",1]')
    for (const wrong of ["1", "[1, 2]", '["t"]', '["t", 1, 2]']) {
      expect(thrown(() => topics.parse(wrong)).message).to.equal(`Invalid line ${wrong}: expected ["topic", value]`)
    }
    expect(thrown(() => json.parse("{")).message).to.equal("Invalid JSON: {")
  })

  it("reads and prints MessagePack: values that JSON does not have as text", async () => {
    const msgpack = await format("msgpack")
    expect(msgpack.parse("[1, null]").map(bytes)).to.deep.equal(["\x92\x01\xc0"])
    expect(msgpack.print([Buffer.from("c403616263", "hex")])).to.equal('"616263"')
  })

  it("writes routing ids as text, or in hexadecimal after 0x", async () => {
    for (const [id, text] of [
      ["worker-1", "worker-1"],
      ["\x00abc", "0x00616263"],
      ["a b", "0x612062"],
      ["0x41", "0x30783431"],
      ["", "0x"],
    ] as const) {
      expect(printPeer(Buffer.from(id, "latin1"))).to.equal(text)
      if (id !== "") expect(bytes(parsePeer(text))).to.equal(id)
    }
    const peers = await format("text", "peer")
    expect(peers.print([Buffer.of(0, 1), Buffer.from("x")])).to.equal("0x0001\tx")
    expect(peers.parse("0x0001\tx").map(bytes)).to.deep.equal(["\x00\x01", "x"])
  })
})
