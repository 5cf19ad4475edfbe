import { expect } from "chai"
import { Pull, Push } from "../../src/index.js"
import { closing } from "../support/closing.js"
import { connected } from "../support/connected.js"
import { caught, texts } from "../support/receiving.js"

describe("streams of a socket", () => {
  const use = closing()

  const joined = (options: object = {}): Promise<[Push, Pull]> =>
    connected(
      use(new Push({ sendHighWaterMark: 1, linger: 0 })),
      use(new Pull({ receiveHighWaterMark: 1, ...options })),
    )

  it("return what the socket receives, and end with the socket", async () => {
    const [push, pull] = await joined()
    const reading = (async () => {
      const read: string[] = []
      for await (const message of pull.readableStream()) {
        read.push(message.join(" "))
        if (read.length === 2) pull.close()
      }
      return read
    })()
    await push.send(["a", "b"])
    await push.send("c")
    expect(await reading).to.deep.equal(["a b", "c"])
  })

  it("fail with the error of the socket", async () => {
    const [, pull] = await joined({ receiveTimeout: 0 })
    expect(await caught(pull.readableStream().getReader().read())).to.include({ code: "EAGAIN" })
  })

  it("do not read ahead of their reader", async () => {
    const [push, pull] = await joined()
    const reader = pull.readableStream().getReader()
    await push.send("a")
    expect(String((await reader.read()).value)).to.equal("a")
    await push.send("b")
    await new Promise(setImmediate)
    expect(await texts(pull, 1)).to.deep.equal(["b"])
  })

  it("leave later messages to others after they are canceled", async () => {
    const [push, pull] = await joined()
    const reader = pull.readableStream().getReader()
    const reading = reader.read()
    await new Promise(setImmediate)
    await reader.cancel()
    expect((await reading).done).to.equal(true)
    await push.send("later")
    expect(await texts(pull, 1)).to.deep.equal(["later"])
  })

  it("send written messages in order, and leave the socket open when they end", async () => {
    const [push, pull] = await joined()
    const writer = push.writableStream().getWriter()
    const writing = Promise.all(["a", "b", "c", "d"].map((text) => writer.write(text)).concat(writer.close()))
    expect(await texts(pull, 4)).to.deep.equal(["a", "b", "c", "d"])
    await writing
    expect(push.closed).to.equal(false)
  })

  it("make their writer wait while there is no room, and stop when they are aborted", async () => {
    const [push, pull] = await joined()
    const writer = push.writableStream().getWriter()
    for (const text of ["a", "b"]) await writer.write(text)
    const waiting = caught(writer.write("c"))
    await new Promise(setImmediate)
    const reason = new Error("enough")
    await writer.abort(reason)
    expect(await waiting).to.equal(reason)
    expect(await texts(pull, 2)).to.deep.equal(["a", "b"])
    expect(pull.tryReceive()).to.equal(undefined)
  })
})
