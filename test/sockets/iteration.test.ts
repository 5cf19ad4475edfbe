import { expect } from "chai"
import { Pair, Request } from "../../src/index.js"
import { closing } from "../support/closing.js"
import { connected } from "../support/connected.js"
import { caught } from "../support/receiving.js"

const TIMED_OUT = { code: "EAGAIN", errno: 11, message: "Operation was not possible or timed out" }

describe("async iteration", () => {
  const use = closing()

  const joined = (): Promise<[near: Pair, far: Pair]> => connected(use(new Pair()), use(new Pair()))

  it("returns messages, and ends when the socket closes", async () => {
    const [near, far] = await joined()
    for (const number of "123") await near.send(number)
    const received: string[] = []
    for await (const [frame] of far) {
      received.push(String(frame))
      if (received.length === 3) far.close()
    }
    expect(received).to.deep.equal(["1", "2", "3"])
  })

  it("ends a wait for the next message when the socket closes", async () => {
    const [, far] = await joined()
    const next = far[Symbol.asyncIterator]().next()
    far.close()
    expect(Object.entries(await next)).to.deep.equal([["done", true]])
    expect(Object.entries(await far[Symbol.asyncIterator]().next())).to.deep.equal([["done", true]])
  })

  it("leaves the socket open when the loop is left", async () => {
    const [near, far] = await joined()
    for (const number of "12") await near.send(number)
    const received: string[] = []
    for (let loop = 0; loop < 2; loop++) {
      for await (const [frame] of far) {
        received.push(String(frame))
        break
      }
    }
    expect(received).to.deep.equal(["1", "2"])
    expect(Object.keys(far[Symbol.asyncIterator]())).to.deep.equal(["next"])
  })

  it("takes no more messages after the loop was left, not even for a pending call", async () => {
    const [near, far] = await joined()
    const iterator = far[Symbol.asyncIterator]()
    const pending = iterator.next()
    expect(await iterator.return!()).to.deep.equal({ done: true })
    expect((await pending).done).to.equal(true)
    await near.send("message")
    expect((await iterator.next()).done).to.equal(true)
    expect(String((await far.receive())[0])).to.equal("message")
  })

  it("throws what receive rejects with, unless the socket was closed", async () => {
    const [, far] = await joined()
    far.receiveTimeout = 0
    expect(await caught(far[Symbol.asyncIterator]().next())).to.include(TIMED_OUT)
    const request = use(new Request())
    const next = caught(request[Symbol.asyncIterator]().next())
    request.close()
    expect(await next).to.include({ code: "EFSM" })
  })
})
