import { expect } from "chai"
import { once } from "node:events"
import type { Socket, Writable } from "../../src/index.js"
import { SendQueue } from "../../src/v5/send-queue.js"

type Outcome = { readonly resolve: () => void; readonly reject: (error: Error) => void }

/** A queue whose sends the test completes. */
function create(expectsReplies = false) {
  const socket = Object.defineProperty({} as unknown as Socket & { closed: boolean }, "closed", {
    value: false,
    writable: true,
  })
  const sent: string[] = []
  const pending: Outcome[] = []
  const failures: string[] = []
  const calls: string[] = []
  const sink = {
    send: (frames: string[]) => {
      sent.push(frames.join("|"))
      return new Promise<void>((resolve, reject) => pending.push({ resolve, reject }))
    },
  } as unknown as Writable
  const queue = new SendQueue(
    socket,
    sink,
    () => expectsReplies,
    (error) => failures.push(error.message),
  )
  const push = (text: string, more = false): void => {
    queue.push([text], [(error) => calls.push(error === undefined ? text : `${text}: ${error.message}`)], more)
  }
  /** Completes the oldest send. */
  const complete = async (error?: Error): Promise<void> => {
    const { resolve, reject } = pending.shift()!
    if (error === undefined) resolve()
    else reject(error)
    await new Promise(setImmediate)
  }
  return { queue, socket, sent, failures, calls, push, complete }
}

describe("the queue of outgoing messages in zeromq.js 5", () => {
  it("sends messages one at a time, in order, and calls their callbacks", async () => {
    const { push, complete, sent, calls } = create()
    for (const text of ["a", "b", "c"]) push(text)
    expect(sent).to.deep.equal(["a"])
    await complete()
    expect([sent, calls]).to.deep.equal([["a", "b"], ["a"]])
    await complete()
    await complete()
    expect([sent, calls]).to.deep.equal([
      ["a", "b", "c"],
      ["a", "b", "c"],
    ])
  })

  it("joins the frames of a message that is sent in parts, with all callbacks", async () => {
    const { push, complete, sent, calls } = create()
    push("a", true)
    push("b", true)
    expect(sent).to.deep.equal([])
    push("c")
    push("d")
    await complete()
    expect([sent, calls]).to.deep.equal([
      ["a|b|c", "d"],
      ["a", "b", "c"],
    ])
  })

  it("passes an error to the callbacks of its message, and continues", async () => {
    const { push, complete, sent, calls, failures } = create()
    push("a")
    push("b")
    await complete(new Error("refused"))
    expect([sent, calls, failures]).to.deep.equal([["a", "b"], ["a: refused"], []])
  })

  it("reports an error of a message without a callback", async () => {
    const { queue, complete, failures } = create()
    queue.push(["a"], [], false)
    await complete(new Error("refused"))
    expect(failures).to.deep.equal(["refused"])
  })

  it("sends nothing while it is paused", () => {
    const { queue, push, sent } = create()
    queue.pause()
    push("a")
    expect(sent).to.deep.equal([])
    queue.resume()
    expect(sent).to.deep.equal(["a"])
  })

  it("waits for the reply to a request, but not after a request that failed", async () => {
    const { queue, push, complete, sent } = create(true)
    for (const text of ["a", "b", "c"]) push(text)
    await complete()
    expect(sent).to.deep.equal(["a"])
    queue.received()
    expect(sent).to.deep.equal(["a", "b"])
    await complete(new Error("refused"))
    expect(sent).to.deep.equal(["a", "b", "c"])
  })

  it("drops queued messages of a closed socket, and calls callbacks of later ones with EBADF", async () => {
    const { push, complete, socket, sent, calls } = create()
    push("a")
    push("b")
    socket.closed = true
    await complete(new Error("closed"))
    push("late")
    expect(calls).to.deep.equal(["a: closed"])
    await new Promise(setImmediate)
    expect([sent, calls]).to.deep.equal([["a"], ["a: closed", "late: Socket is closed"]])
  })

  it("makes an exception of a callback an uncaught one, without affecting the other callbacks", async () => {
    const { queue, complete } = create()
    const fault = new Error("from the callback")
    let called = false
    const fail = (): void => {
      throw fault
    }
    queue.push(["a"], [fail, () => (called = true)], false)
    const listeners = process.rawListeners("uncaughtException")
    process.removeAllListeners("uncaughtException")
    try {
      const uncaught = once(process, "uncaughtException")
      await complete()
      expect([(await uncaught)[0], called]).to.deep.equal([fault, true])
    } finally {
      for (const listener of listeners) process.on("uncaughtException", listener as (error: Error) => void)
    }
  })
})
