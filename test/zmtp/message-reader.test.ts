import { expect } from "chai"
import type { Engine } from "../../src/zmtp/engine.js"
import { FrameDecoder } from "../../src/zmtp/frames/frame-decoder.js"
import type { Box } from "../../src/zmtp/handshake/mechanism.js"
import { MessageReader, type CommandHandler } from "../../src/zmtp/message-reader.js"
import { FRAME_OVERHEAD } from "../../src/zmtp/cost.js"
import { MAX_COMMAND, MAX_FRAMES, MAX_HANDSHAKE_COMMAND } from "../../src/zmtp/limits.js"
import { LimitError } from "../../src/zmtp/protocol-error.js"
import { hex } from "../support/cuts.js"
import { converse, createEngine } from "../support/engines.js"
import { message, text } from "../support/messages.js"
import { GREETING_3_1, READY } from "../support/vectors.js"

function ready(type: "PULL" | "XPUB" | "DISH", limits: Parameters<typeof createEngine>[1] = {}): Engine {
  const engine = createEngine(type, limits)
  converse(engine, [GREETING_3_1, { PULL: READY.PUSH, XPUB: READY.SUB, DISH: READY.RADIO }[type]])
  expect(engine.state).to.equal("traffic")
  return engine
}

/** A frame with `size` in its header, and the first `present` bytes of its body. */
function frame(flags: number, size: number, present = size): Buffer {
  const header = Buffer.alloc(9)
  header[0] = flags | 0x02
  header.writeUInt32BE(size, 5)
  return Buffer.concat([header, Buffer.alloc(present, "x")])
}

/** The name of the limit that `attempt` exceeds. */
function limitOf(attempt: () => unknown): unknown {
  try {
    attempt()
  } catch (error) {
    return error instanceof LimitError ? error.limit : error
  }
  return undefined
}

describe("MessageReader, limits", () => {
  it("names maxMessageSize if one frame is too large", () => {
    const engine = ready("PULL", { maxMessageSize: 300 })
    expect(converse(engine, [frame(0, 300)])).to.have.length(1)
    expect(limitOf(() => converse(engine, [frame(0, 301, 0)]))).to.equal("maxMessageSize")
  })

  it("accepts only empty frames with a limit of 0, and only one of them with that limit for the message", () => {
    const engine = ready("PULL", { maxMessageSize: 0 })
    expect(converse(engine, [hex("01000000 0000")]).map(text)).to.deep.equal([["", ""], [""]])
    expect(limitOf(() => converse(engine, [hex("0001")]))).to.equal("maxMessageSize")
    const single = ready("PULL", { maxMultipartSize: 0 })
    expect(converse(single, [hex("0000")]).map(text)).to.deep.equal([[""]])
    expect(limitOf(() => converse(single, [hex("0100")]))).to.equal("maxMultipartSize")
  })

  it("names the limit of CURVE if that is smaller", () => {
    const overhead = 33
    const box: Box = {
      overhead,
      maxSize: 300,
      flags: 0,
      seal: () => undefined,
      open: (sealed) => sealed.subarray(overhead),
      dispose: () => undefined,
    }
    for (const [maxMessageSize, size, limit] of [
      [-1, 300, undefined],
      [-1, 301, "frame with CURVE"],
      [301, 301, "frame with CURVE"],
      [300, 301, "maxMessageSize"],
      [299, 300, "maxMessageSize"],
    ] as const) {
      const decoder = new FrameDecoder()
      const options = { socketType: "PULL" as const, maxMessageSize, maxMultipartSize: -1 }
      const reader = new MessageReader(decoder, options, undefined, box)
      decoder.push(frame(0, size + overhead))
      expect(
        limitOf(() => reader.read()),
        `${size} bytes, limit ${maxMessageSize}`,
      ).to.equal(limit)
    }
  })

  it("names maxMultipartSize if the frames of a message are too large together", () => {
    const alone = { maxMultipartSize: 10 }
    expect(converse(ready("PULL", alone), [frame(0, 10)])).to.have.length(1)
    expect(limitOf(() => converse(ready("PULL", alone), [frame(0, 11, 0)]))).to.equal("maxMultipartSize")
    const limits = { maxMultipartSize: FRAME_OVERHEAD + 10 }
    for (const [first, second, limit] of [
      [4, 6, undefined],
      [4, 7, "maxMultipartSize"],
      [10, 0, undefined],
      [10, 1, "maxMultipartSize"],
    ] as const) {
      const engine = ready("PULL", limits)
      expect(
        limitOf(() => converse(engine, [frame(1, first), frame(0, second)])),
        `${first} + ${second}`,
      ).to.equal(limit)
    }
  })

  it("restarts counting with each message", () => {
    const engine = ready("PULL", { maxMultipartSize: 2 * FRAME_OVERHEAD + 10 })
    for (let round = 0; round < 3; round++) {
      expect(converse(engine, [frame(1, 4), frame(1, 3), frame(0, 3), frame(0, 200)])).to.have.length(2)
    }
  })

  it("names the smaller of both limits", () => {
    const limits = { maxMessageSize: 5, maxMultipartSize: FRAME_OVERHEAD + 8 }
    expect(limitOf(() => converse(ready("PULL", limits), [frame(0, 6, 0)]))).to.equal("maxMessageSize")
    expect(limitOf(() => converse(ready("PULL", limits), [frame(1, 2), frame(0, 6, 0)]))).to.equal("maxMessageSize")
    expect(limitOf(() => converse(ready("PULL", limits), [frame(1, 5), frame(0, 4, 0)]))).to.equal("maxMultipartSize")
    expect(converse(ready("PULL", limits), [frame(1, 5), frame(0, 3)])).to.have.length(1)
  })

  it("allows a message 4 GiB without a limit, and no byte more", () => {
    expect(limitOf(() => converse(ready("PULL"), [hex("0200000000ffffffff")]))).to.equal(undefined)
    expect(limitOf(() => converse(ready("PULL"), [hex("020000000100000000")]))).to.equal("maxMultipartSize")
    const engine = ready("PULL")
    expect(limitOf(() => converse(engine, [hex("010161"), hex("0200000000ffffffff")]))).to.equal("maxMultipartSize")
  })

  it("names the number of frames", () => {
    const frames = Buffer.alloc(2 * MAX_FRAMES, hex("0100"))
    expect(limitOf(() => converse(ready("PULL"), [frames]))).to.equal("frames of a message")
  })

  it(`accepts a command of ${MAX_COMMAND} bytes, and rejects a larger one by its header alone`, () => {
    const header = frame(0x04, MAX_COMMAND, 0)
    const subscribe = Buffer.concat([header, hex("09"), Buffer.from("SUBSCRIBE"), Buffer.alloc(MAX_COMMAND - 10)])
    expect(converse(ready("XPUB"), [subscribe])).to.have.length(1)
    expect(limitOf(() => converse(ready("XPUB"), [frame(0x04, MAX_COMMAND + 1, 0)]))).to.equal("size of a command")
    expect(converse(ready("PULL"), [frame(0, MAX_COMMAND + 1)])).to.have.length(1)
  })

  it("rejects a handshake command that is too large by its header alone", () => {
    for (const flags of [0x00, 0x04]) {
      const engine = createEngine("PULL")
      const header = frame(flags, MAX_HANDSHAKE_COMMAND + 1, 0)
      expect(limitOf(() => converse(engine, [GREETING_3_1, header]))).to.equal("size of a command")
    }
  })

  it("rejects the first frame of a ZMTP 1.0 peer by its header alone if it is not a routing id", () => {
    const header = (length: string): Buffer => hex(`ff${length}00`)
    const longest = Buffer.concat([header("0000000000000100"), Buffer.alloc(255, "i")])
    const engine = createEngine("PULL")
    converse(engine, [longest])
    expect([engine.state === "traffic", engine.peer.routingId.length]).to.deep.equal([true, 255])
    const longer = header("0000000000000101")
    expect(limitOf(() => converse(createEngine("PULL"), [longer]))).to.equal("length of a routing id")
  })

  it("names the length of a routing id", () => {
    const identity = Buffer.concat([hex("084964656e746974790000 0100"), Buffer.alloc(256)])
    const body = Buffer.concat([hex("055245414459"), identity])
    const bytes = Buffer.concat([frame(0x04, body.length, 0), body])
    expect(limitOf(() => converse(createEngine("PULL"), [GREETING_3_1, bytes]))).to.equal("length of a routing id")
  })

  it("accepts a group of 255 bytes", () => {
    const group = "g".repeat(255)
    const bytes = Buffer.concat([hex("01ff"), ...message(group), hex("000178")])
    expect(converse(ready("DISH"), [bytes]).map(text)).to.deep.equal([[group, "x"]])
  })
})

describe("MessageReader", () => {
  const create = (command?: CommandHandler): { decoder: FrameDecoder; reader: MessageReader } => {
    const decoder = new FrameDecoder()
    const options = { socketType: "PULL", maxMessageSize: -1, maxMultipartSize: -1 } as const
    return { decoder, reader: new MessageReader(decoder, options, command) }
  }

  it("passes commands to their handler, and returns its messages", () => {
    const commands: string[] = []
    const { decoder, reader } = create((command) => {
      commands.push(String(command))
      return commands.length === 2 ? message("made") : undefined
    })
    decoder.push(hex("040161 040162 000163"))
    expect([text(reader.read()), text(reader.read()), reader.read()]).to.deep.equal([["made"], ["c"], undefined])
    expect(commands).to.deep.equal(["a", "b"])
  })

  it("drops commands without a handler", () => {
    const { decoder, reader } = create()
    decoder.push(hex("010161 040162 000163"))
    expect([text(reader.read()), reader.read()]).to.deep.equal([["a", "c"], undefined])
  })

  it("names the socket type that a message is malformed for", () => {
    const dish = ready("DISH")
    expect(() => converse(dish, [hex("000161")])).to.throw("Malformed message for DISH")
  })

  it("counts the bytes of commands, and returns the count when it is large enough", () => {
    const { decoder, reader } = create()
    decoder.push(hex("0403616263 000161 04026465"))
    while (reader.read() !== undefined);
    expect([6, 5, 0].map((least) => reader.takeSkipped(least))).to.deep.equal([0, 5, 0])
  })

  it("does not let the first frame of a connection keep its chunk alive", () => {
    const { decoder, reader } = create()
    const memory = new Uint8Array(new ArrayBuffer(64 * 1024)).subarray(0, 3)
    memory.set(hex("010161"))
    decoder.push(memory)
    expect(reader.read()).to.equal(undefined)
    decoder.push(hex("000162"))
    const frames = reader.read()!
    expect(text(frames)).to.deep.equal(["a", "b"])
    expect(frames[0]!.buffer).not.to.equal(memory.buffer)
  })

  it("does not let the frames of an incomplete message keep their chunks alive", () => {
    const { decoder, reader } = create()
    const chunk = Buffer.concat([hex("010161 0002"), Buffer.alloc(2), hex("010162 010163")])
    const memory = new Uint8Array(new ArrayBuffer(64 * 1024)).subarray(0, chunk.length)
    memory.set(chunk)
    decoder.push(memory)
    expect(text(reader.read())).to.deep.equal(["a", "\0\0"])
    expect(reader.read()).to.equal(undefined)
    decoder.push(hex("000164"))
    const frames = reader.read()!
    expect(text(frames)).to.deep.equal(["b", "c", "d"])
    expect(frames.slice(0, 2).map(({ buffer }) => buffer === memory.buffer)).to.deep.equal([false, false])
  })
})
