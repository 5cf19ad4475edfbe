import { expect } from "chai"
import { WebByteStream } from "../../../src/transports/attached/web-byte-stream.js"
import { webPair } from "../../support/duplex-pair.js"
import { FakeClock } from "../../support/fake-clock.js"
import { StreamOwner } from "../../support/stream-owner.js"

const WINDOW = 256 * 1024

describe("WebByteStream", () => {
  /** A stream, and the other end of its pair as plain Web streams. */
  function open(owner = new StreamOwner(), close?: () => unknown) {
    const [near, far] = webPair()
    const clock = new FakeClock()
    const pair = close === undefined ? near : { ...near, close }
    const stream = new WebByteStream(pair, "web", clock)
    stream.start(owner)
    return { stream, owner, clock, reader: far.readable.getReader(), writer: far.writable.getWriter() }
  }

  const text = async (reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> =>
    Buffer.from((await reader.read()).value!).toString()

  it("reads and writes bytes", async () => {
    const { stream, owner, reader, writer } = open()
    stream.write([Buffer.from("ab"), Buffer.from("c")])
    expect(await text(reader)).to.equal("abc")
    await writer.write(Buffer.from("hello"))
    await owner.until(() => owner.chunks === 1)
    expect(owner.events).to.deep.equal(["hello"])
  })

  it("copies borrowed memory, which the application may change before it is read", async () => {
    const { stream, reader } = open()
    const memory = Buffer.from("before")
    stream.write([memory])
    memory.write("after!")
    expect(await text(reader)).to.equal("before")
  })

  it("passes on memory that is not borrowed without copying it", async () => {
    const { stream, reader } = open()
    const memory = Buffer.from("own")
    stream.write([memory], false)
    expect((await reader.read()).value).to.equal(memory)
  })

  it("is full at 256 KiB, and drained when half of it is accepted", async () => {
    const { stream, owner, reader } = open()
    expect(stream.write([Buffer.alloc(WINDOW / 2)])).to.equal(true)
    expect(stream.write([Buffer.alloc(WINDOW / 2)])).to.equal(false)
    await reader.read()
    await owner.until(() => owner.events.length > 0)
    expect(owner.events).to.deep.equal(["drained"])
  })

  it("reads no further chunk while it is paused", async () => {
    const owner = new StreamOwner(() => {
      stream.pause()
    })
    const { stream, writer } = open(owner)
    void writer.write(Buffer.from("a"))
    void writer.write(Buffer.from("b"))
    await owner.until(() => owner.chunks === 1)
    stream.resume()
    await owner.until(() => owner.chunks === 2)
    expect(owner.events).to.deep.equal(["a", "b"])
  })

  it("ends without an error when the other side closes", async () => {
    let closed = 0
    const { owner, writer } = open(new StreamOwner(), () => closed++)
    await writer.write(Buffer.from("last"))
    void writer.close()
    await owner.until(() => owner.events.includes("closed"))
    expect([owner.events, owner.error, closed]).to.deep.equal([["last", "closed"], undefined, 1])
  })

  it("reports the error of the stream, or ECONNRESET if it is not an Error", async () => {
    const failure = new Error("lost")
    for (const [reason, expected] of [
      [failure, failure],
      ["lost", undefined],
    ] as const) {
      const { owner, writer } = open()
      void writer.abort(reason)
      await owner.until(() => owner.events.length > 0)
      if (expected === undefined) expect(owner.error).to.include({ code: "ECONNRESET", cause: "lost" })
      else expect(owner.error).to.equal(expected)
    }
  })

  it("accepts an ArrayBuffer as a chunk, and nothing else that is not bytes: EINVAL", async () => {
    const { owner, writer } = open()
    void writer.write(Uint8Array.of(0x61).buffer as unknown as Uint8Array)
    // The other side cancels the stream, so this write fails.
    writer.write("text" as unknown as Uint8Array<ArrayBuffer>).catch(() => undefined)
    writer.closed.catch(() => undefined)
    await owner.until(() => owner.events.length === 2)
    expect(owner.events).to.deep.equal(["a", "closed"])
    expect(owner.error).to.include({ code: "EINVAL", message: "Invalid chunk: expected bytes, got string" })
  })

  it("closes its side after everything is written, and everything else 1 s later", async () => {
    const { stream, reader, writer, clock } = open()
    stream.write([Buffer.from("last")])
    const sent = new Promise<void>((resolve) => {
      stream.end(resolve)
    })
    expect(await text(reader)).to.equal("last")
    expect((await reader.read()).done).to.equal(true)
    await sent
    clock.advance(999)
    expect(clock.waiting).to.equal(1)
    clock.advance(1)
    const rejection = await writer.closed.then(
      () => "closed",
      () => "canceled",
    )
    expect(rejection).to.equal("canceled")
  })

  it("delivers nothing after destroy, and ends both directions", async () => {
    const { stream, owner, reader, writer } = open()
    void writer.write(Buffer.from("late")).catch(() => undefined)
    stream.destroy()
    stream.destroy()
    const ends = await Promise.allSettled([reader.closed, writer.closed])
    expect(ends.map(({ status }) => status)).to.deep.equal(["rejected", "rejected"])
    expect(owner.events).to.deep.equal([])
  })
})
