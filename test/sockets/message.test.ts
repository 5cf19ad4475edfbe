import { expect } from "chai"
import { Pair, type MessageLike } from "../../src/index.js"
import { addFrames, MissingFrameError, toMessage } from "../../src/sockets/message.js"
import { closing } from "../support/closing.js"
import { freeInproc } from "../support/endpoints.js"
import { caught } from "../support/receiving.js"
import { RUNTIME } from "../support/runtime.js"

describe("values that send accepts", () => {
  const use = closing()
  let near: Pair
  let far: Pair

  beforeEach(async () => {
    const endpoint = freeInproc()
    ;[near, far] = [use(new Pair()), use(new Pair())]
    await far.bind(endpoint)
    near.connect(endpoint)
  })

  async function carried(message: unknown): Promise<string[]> {
    await near.send(message as MessageLike)
    const frames = await far.receive()
    for (const frame of frames) expect(frame).to.be.instanceOf(Buffer)
    return frames.map((frame) => frame.toString("hex"))
  }

  const bytes = Uint8Array.of(9, 1, 2, 3, 4, 9)
  const shared = new SharedArrayBuffer(2)
  new Uint8Array(shared).set([1, 2])
  const table: [what: string, message: unknown, frames: string[]][] = [
    ["a string, as UTF-8", "h\u00e9\u20ac", ["68c3a9e282ac"]],
    ["an empty string", "", [""]],
    ["null, as an empty frame", null, [""]],
    ["a number, as its text", 16.19, ["31362e3139"]],
    ["a boolean, as its text", true, ["74727565"]],
    ["any other object, as its text", { toString: () => "it" }, ["6974"]],
    ["a Buffer", Buffer.from("ab"), ["6162"]],
    ["a Uint8Array that is part of a larger one", bytes.subarray(1, 5), ["01020304"]],
    ["an Int32Array", Int32Array.of(1), ["01000000"]],
    ["a DataView that is part of its buffer", new DataView(bytes.buffer, 1, 2), ["0102"]],
    ["an ArrayBuffer", Uint8Array.of(1, 2).buffer, ["0102"]],
    ["a SharedArrayBuffer", shared, ["0102"]],
    ["an array, as frames", ["a", null, Buffer.from("b"), 1], ["61", "", "62", "31"]],
    ["an array of one empty frame", [null], [""]],
  ]
  for (const [what, message, frames] of table) {
    it(`are ${what}`, async () => {
      expect(await carried(message)).to.deep.equal(frames)
    })
  }

  for (const [what, value] of [
    ["a Blob", new Blob(["a"])],
    ["a File", new File(["a"], "name")],
    ["a Response", new Response("a")],
    ["a ReadableStream", new Blob(["a"]).stream()],
  ] as const) {
    it(`do not include ${what}, whose bytes are read asynchronously: TypeError, and nothing is sent`, async () => {
      for (const message of [value, ["first", value]]) {
        const error = await caught(near.send(message as unknown as MessageLike))
        expect(error).to.be.instanceOf(TypeError)
        // In Bun, the string tag of a File is "Blob".
        const named = RUNTIME === "Bun" && what === "a File" ? "a Blob" : what
        expect(error.message).to.match(new RegExp(`^Cannot send ${named}: send its `))
      }
      expect(await carried("next")).to.deep.equal(["6e657874"])
    })
  }

  it("include an empty array, which sends nothing", async () => {
    await near.send([])
    expect(await carried("next")).to.deep.equal(["6e657874"])
  })

  it("are copied immediately in frames of up to 128 bytes", async () => {
    const frame = Buffer.alloc(128, "a")
    await near.send(frame)
    frame.fill("b")
    expect(String((await far.receive())[0])).to.equal("a".repeat(128))
  })

  it("are copied in frames of up to 128 bytes when a generator or a codec reuses their memory", async () => {
    const frame = Buffer.alloc(128)
    const numbers = [1, 2, 3]
    await near.sendMany(
      (function* () {
        for (const number of numbers) yield frame.fill(number)
      })(),
    )
    const view = near.with<number>({ encode: (number) => frame.fill(number), decode: ([first]) => first![0]! })
    await view.sendMany(numbers)
    const received: number[] = []
    while (received.length < 6) received.push((await far.receive())[0]![0]!)
    expect(received).to.deep.equal([...numbers, ...numbers])
  })

  it("are not copied over inproc in larger frames", async () => {
    const frame = Buffer.alloc(129, "a")
    await near.send(frame)
    const [received] = await far.receive()
    received![0] = 0x62
    expect(frame[0]).to.equal(0x62)
  })

  it("remain unchanged if they are arrays", async () => {
    const frames = ["a", "b"]
    await near.send(frames)
    expect(frames).to.deep.equal(["a", "b"])
  })
})

describe("toMessage", () => {
  const texts = (message: unknown): string[] => toMessage(message).map((frame) => Buffer.from(frame).toString())

  for (let length = 0; length <= 5; length++) {
    it(`converts ${length} frames in order`, () => {
      const frames = Array.from({ length }, (_, index) => `frame ${index}`)
      expect(texts(frames)).to.deep.equal(frames)
      expect(texts(frames.map((text) => Buffer.from(text)))).to.deep.equal(frames)
      expect(addFrames(toMessage("first"), frames)).to.have.length(1 + length)
    })
  }

  for (let length = 1; length <= 4; length++) {
    for (let hole = 0; hole < length; hole++) {
      it(`rejects an array of ${length} without frame ${hole + 1}, but not with \`undefined\` in its place`, () => {
        const frames: unknown[] = []
        frames.length = length
        for (let index = 0; index < length; index++) if (index !== hole) frames[index] = "x"
        expect(() => toMessage(frames)).to.throw(MissingFrameError, `Frame ${hole + 1} of ${length} is missing`)
        frames[hole] = undefined
        expect(texts(frames)).to.deep.equal(frames.map(String))
      })
    }
  }

  it("rejects a symbol, which has no text, but no other value", () => {
    expect(() => toMessage(Symbol("x"))).to.throw(TypeError, "Cannot convert a Symbol value to a string")
    expect(texts([1n, true, undefined, { toString: () => "it" }])).to.deep.equal(["1", "true", "undefined", "it"])
  })

  it("references bytes, also of views and of memory", () => {
    const memory = new Uint8Array([1, 2, 3, 4])
    for (const value of [memory, new DataView(memory.buffer), memory.buffer]) {
      for (const message of [value, [value]]) expect(toMessage(message)[0]!.buffer).to.equal(memory.buffer)
    }
  })

  it("rejects bytes whose memory was transferred, but not empty ones", () => {
    const bytes = new Uint8Array([1, 2])
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
    const views = new Uint16Array(2)
    structuredClone(views.buffer, { transfer: [views.buffer] })
    for (const gone of [bytes, views]) {
      for (const message of [gone, [gone], ["a", gone]]) {
        expect(() => toMessage(message)).to.throw(
          MissingFrameError,
          "Cannot send a frame whose buffer was transferred or resized",
        )
      }
    }
    for (const empty of [new Uint8Array(0), new Uint16Array(0), new ArrayBuffer(0)]) {
      expect(toMessage(empty).map(({ length }) => length)).to.deep.equal([0])
    }
  })
})
