import { expect } from "chai"
import * as v from "valibot"
import { BadMessageError, json, SchemaError, text, validated, type Codec } from "../../src/index.js"
import { msgpack } from "../../src/msgpack.js"

const Point = v.object({ x: v.number(), y: v.number() })
const Age = v.pipe(v.string(), v.transform(Number), v.number())

/** One frame of `bytes`. */
function frame(bytes: string | readonly number[]): Buffer[] {
  return [typeof bytes === "string" ? Buffer.from(bytes) : Buffer.from(bytes)]
}

describe("text", () => {
  it("is UTF-8 in one frame", () => {
    expect(text.encode("ä")).to.equal("ä")
    expect(text.decode(frame([0xc3, 0xa4]))).to.equal("ä")
    expect(text.decode(frame([0xef, 0xbb, 0xbf, 0x61]))).to.equal("\ufeffa")
  })

  it("rejects invalid UTF-8, and more than one frame", () => {
    expect(() => text.decode(frame([0xff]))).to.throw(TypeError)
    expect(() => text.decode([Buffer.from("a"), Buffer.from("b")])).to.throw("Expected one frame, got 2")
  })
})

describe("BadMessageError", () => {
  it("contains the message of what a codec has thrown, or describes it", () => {
    const messages = [
      new Error("wrong"),
      { message: "from another realm" },
      "text",
      { message: 5 },
      null,
      undefined,
    ].map((cause) => new BadMessageError([], cause).message)
    expect(messages.slice(0, 3)).to.deep.equal([
      "Cannot decode message: wrong",
      "Cannot decode message: from another realm",
      "Cannot decode message: text",
    ])
    for (const message of messages.slice(3))
      expect(message).to.match(/^Cannot decode message: .*(object|null|undefined)/i)
  })
})

describe("json()", () => {
  it("is JSON in one frame", () => {
    expect(json<number[]>().encode([1, 2])).to.equal("[1,2]")
    expect(json<number[]>().decode(frame("[1,2]"))).to.deep.equal([1, 2])
  })

  it("rejects values that JSON cannot represent", () => {
    expect(() => json().encode(undefined)).to.throw(TypeError, "Cannot encode undefined as JSON")
  })

  it("validates sent and received values with a schema", () => {
    const codec = json(Point)
    expect(codec.decode(frame('{"x":1,"y":2}'))).to.deep.equal({ x: 1, y: 2 })
    expect(() => codec.decode(frame('{"x":1}'))).to.throw(SchemaError, /^y: /)
    expect(() => codec.encode({ x: 1, y: "2" as unknown as number }))
      .to.throw(SchemaError)
      .that.has.nested.property("issues.length", 1)
  })

  it("sends what a transforming schema accepts, and receives its output", () => {
    const codec = json(Age)
    expect(codec.encode("42")).to.equal('"42"')
    expect(codec.decode(frame('"42"'))).to.equal(42)
  })

  it("rejects an asynchronous schema", () => {
    const later = v.pipeAsync(
      v.string(),
      v.checkAsync(() => Promise.resolve(true)),
    )
    expect(() => json(later).decode(frame('"a"'))).to.throw(TypeError, "asynchronously")
  })
})

describe("msgpack()", () => {
  it("is MessagePack in one frame", () => {
    // {"compact":true,"schema":0}, the example on msgpack.org
    const bytes = Buffer.from("82a7636f6d70616374c3a6736368656d6100", "hex")
    expect(Buffer.from(msgpack().encode({ compact: true, schema: 0 }) as Uint8Array)).to.deep.equal(bytes)
    expect(msgpack().decode([bytes])).to.deep.equal({ compact: true, schema: 0 })
  })

  it("validates values with a schema", () => {
    expect(() => msgpack(Point).decode([Buffer.from("01", "hex")])).to.throw(SchemaError)
  })
})

describe("validated()", () => {
  it("adds a schema to any codec", () => {
    const hex: Codec<unknown> = {
      encode: (value) => Buffer.from(value as string, "hex"),
      decode: ([only]) => only!.toString("hex"),
    }
    const short = validated(hex, v.pipe(v.string(), v.maxLength(2)))
    expect(short.decode([Buffer.of(1)])).to.equal("01")
    expect(() => short.decode([Buffer.of(1, 2)])).to.throw(SchemaError)
  })
})
