import { expect } from "chai"
import { once } from "node:events"
import { MessageChannel, type MessagePort } from "node:worker_threads"
import { ChannelStream } from "../../../src/transports/attached/channel-stream.js"
import { closing } from "../../support/closing.js"
import { FakeClock } from "../../support/fake-clock.js"
import { RUNTIME } from "../../support/runtime.js"
import { skip } from "../../support/skip.js"
import { StreamOwner } from "../../support/stream-owner.js"

const KIB = 1024
/** Number of bytes that may be in flight, as docs/design.md states. */
const WINDOW = 256 * KIB

describe("ChannelStream", () => {
  const use = closing()

  /** A stream, and the other end of its channel as a plain MessagePort. */
  function open(owner = new StreamOwner()) {
    const { port1, port2 } = new MessageChannel()
    const clock = new FakeClock()
    const stream = new ChannelStream(port1, "worker", clock)
    use(port1)
    use(port2)
    const messages: unknown[] = []
    port2.on("message", (message) => messages.push(message))
    stream.start(owner)
    return { stream, owner, other: port2, clock, messages }
  }

  /** Resolves when `messages` has `count` entries. */
  async function arrived(other: MessagePort, messages: readonly unknown[], count: number): Promise<void> {
    while (messages.length < count) await once(other, "message")
  }

  it("posts what is written in one chunk, and acknowledges what it delivers", async () => {
    const { stream, owner, other, messages } = open()
    expect(stream.write([Buffer.from("ab"), Buffer.from("c")])).to.equal(true)
    other.postMessage(Buffer.from("hello"))
    await arrived(other, messages, 2)
    expect(messages).to.deep.equal([Uint8Array.of(0x61, 0x62, 0x63), 5])
    expect(owner.events).to.deep.equal(["hello"])
  })

  it("does not change memory that it was given", () => {
    const { stream } = open()
    const memory = Buffer.alloc(8, "x")
    stream.write([memory])
    expect(memory.toString()).to.equal("xxxxxxxx")
  })

  it("accepts an ArrayBuffer as a chunk", async () => {
    const { owner, other } = open()
    other.postMessage(Uint8Array.of(0x61).buffer)
    await owner.until(() => owner.events.length > 0)
    expect(owner.events).to.deep.equal(["a"])
  })

  it("is full at 256 KiB, and drained when half was acknowledged", async () => {
    const { stream, owner, other } = open()
    expect(stream.write([Buffer.alloc(WINDOW - 1)])).to.equal(true)
    expect(stream.write([Buffer.alloc(1)])).to.equal(false)
    other.postMessage(WINDOW / 2 - 1)
    other.postMessage(Buffer.from("not yet"))
    await owner.until(() => owner.events.length > 0)
    expect(owner.events).to.deep.equal(["not yet"])
    other.postMessage(1)
    await owner.until(() => owner.events.length > 1)
    expect(owner.events).to.deep.equal(["not yet", "drained"])
  })

  it("delivers and acknowledges nothing while it is paused, and everything in order afterward", async () => {
    const { stream, owner, other, messages } = open()
    stream.pause()
    for (const text of ["a", "bc", "d"]) other.postMessage(Buffer.from(text))
    // Write a chunk, because its acknowledgment arrives even while the stream is paused.
    stream.write([Buffer.from("x")])
    await arrived(other, messages, 1)
    expect([owner.events, messages.length]).to.deep.equal([[], 1])
    stream.resume()
    await owner.until(() => owner.events.length === 3)
    await arrived(other, messages, 4)
    expect([owner.events, messages.slice(1)]).to.deep.equal([
      ["a", "bc", "d"],
      [1, 2, 1],
    ])
  })

  it("stops after the chunk for which its owner pauses it", async () => {
    const owner = new StreamOwner(() => {
      stream.pause()
    })
    const { stream, other } = open(owner)
    for (const text of ["a", "b"]) other.postMessage(Buffer.from(text))
    await owner.until(() => owner.chunks === 1)
    stream.resume()
    await owner.until(() => owner.chunks === 2)
    expect(owner.events).to.deep.equal(["a", "b"])
  })

  it("keeps the order of many small chunks while it is paused", async () => {
    const { stream, owner, other, messages } = open()
    stream.pause()
    const texts = Array.from({ length: 1000 }, (_, index) => `${index};`)
    for (const text of texts) other.postMessage(Buffer.from(text))
    stream.write([Buffer.from("x")])
    await arrived(other, messages, 1)
    stream.resume()
    await owner.until(() => owner.bytes.length === texts.join("").length)
    expect(owner.bytes.toString()).to.equal(texts.join(""))
  })

  it("ends with an error if the other side ignores the window", async () => {
    const { stream, owner, other } = open()
    stream.pause()
    for (let chunk = 0; chunk < 3; chunk++) other.postMessage(Buffer.alloc(WINDOW / 2))
    await owner.until(() => owner.error !== undefined)
    expect(owner.error).to.include({ limit: "bytes in flight of a channel" })
  })

  for (const [what, message, kind] of [
    ["text", "hello", "string"],
    ["an object", {}, "Object"],
    ["an acknowledgment of more than was written", 1, "number"],
    ["zero", 0, "number"],
    ["a fraction", 0.5, "number"],
    ["undefined", undefined, "undefined"],
  ] as const) {
    it(`ends with an error if the other side posts ${what}`, async function () {
      if (RUNTIME === "Deno" && message === undefined) skip(this, "in Deno, it arrives as null, which ends the stream")
      const { owner, other } = open()
      other.postMessage(message)
      await owner.until(() => owner.error !== undefined)
      expect(owner.error).to.include({
        code: "EINVAL",
        message: `Invalid message on the channel: expected a Uint8Array, got ${kind}`,
      })
      expect(owner.events).to.deep.equal(["closed"])
    })
  }

  it("ends without an error when the other side posts null, after all chunks", async () => {
    const { owner, other } = open()
    other.postMessage(Buffer.from("last"))
    other.postMessage(null)
    other.postMessage(Buffer.from("ignored"))
    await owner.until(() => owner.events.includes("closed"))
    expect([owner.events, owner.error]).to.deep.equal([["last", "closed"], undefined])
    await once(other, "close")
  })

  it("reports a port that was closed: ECONNRESET", async () => {
    const { owner, other } = open()
    other.close()
    await owner.until(() => owner.events.length > 0)
    expect(owner.error).to.include({ code: "ECONNRESET" })
  })

  it("ends when everything was acknowledged, and closes the port when the other side has ended, too", async () => {
    const { stream, other, messages, clock } = open()
    stream.write([Buffer.from("ab")])
    const sent = new Promise<void>((resolve) => {
      stream.end(resolve)
    })
    await arrived(other, messages, 2)
    expect(messages).to.deep.equal([Uint8Array.of(0x61, 0x62), null])
    other.postMessage(2)
    await sent
    expect(clock.waiting).to.equal(1)
    other.postMessage(null)
    await once(other, "close")
    expect(clock.waiting).to.equal(0)
  })

  it("closes the port after 1 s if the other side does not end", async () => {
    const { stream, other, clock } = open()
    await new Promise<void>((resolve) => {
      stream.end(resolve)
    })
    clock.advance(999)
    expect(clock.waiting).to.equal(1)
    clock.advance(1)
    await once(other, "close")
  })

  it("delivers nothing after destroy, and notifies the other side", async () => {
    const { stream, owner, other, messages } = open()
    other.postMessage(Buffer.from("late"))
    stream.destroy()
    await once(other, "close")
    expect([owner.events, messages]).to.deep.equal([[], [null]])
  })
})
