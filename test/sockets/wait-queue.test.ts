import { expect } from "chai"
import { createRuntime } from "../../src/core/runtime/runtime.js"
import { WaitQueue } from "../../src/sockets/wait-queue.js"
import { nodeScheduler } from "../../src/platform/node/scheduler.js"
import { FakeClock } from "../support/fake-clock.js"

const expired = (item: string): Error => new Error(`${item} expired`)

/** Queues of the current test. A waiting operation keeps the process alive. */
const queues: WaitQueue<string, string>[] = []

/** A queue, and the outcomes of its operations in the order of completion. */
function create() {
  const clock = new FakeClock()
  const line = new WaitQueue<string, string>(createRuntime(nodeScheduler, { clock }), expired)
  queues.push(line)
  const outcomes: string[] = []
  const join = (item: string, timeout = -1): void => {
    line.join(item, { timeout }).then(
      (result) => outcomes.push(result),
      (error: unknown) => outcomes.push((error as Error).message),
    )
  }
  return { clock, line, outcomes, join }
}

const microtasks = (): Promise<void> => Promise.resolve().then(() => undefined)

describe("WaitQueue", () => {
  afterEach(() => {
    for (const queue of queues.splice(0)) queue.dismiss(() => new Error("The test is over"))
  })

  it("serves waiters in FIFO order while attempts succeed", async () => {
    const { line, outcomes, join } = create()
    for (const item of ["a", "b", "c"]) join(item)
    const results = ["1", "2"]
    const asked: string[] = []
    line.serve((item) => {
      asked.push(item)
      return results.shift()
    })
    await microtasks()
    expect([outcomes, asked, line.length]).to.deep.equal([["1", "2"], ["a", "b", "c"], 1])
    line.dismiss(expired)
  })

  it("rejects a waiter whose attempt throws, and continues with the next", async () => {
    const { line, outcomes, join } = create()
    for (const item of ["bad", "good"]) join(item)
    line.serve((item) => {
      if (item === "bad") throw new Error("wrong")
      return item
    })
    await microtasks()
    expect([outcomes, line.length]).to.deep.equal([["wrong", "good"], 0])
    join("bad")
    line.serve(() => {
      throw new Error("wrong again")
    })
    join("late")
    line.serve((item) => item)
    await microtasks()
    expect(outcomes.slice(2)).to.deep.equal(["wrong again", "late"])
  })

  it("rejects a waiter after its timeout, wherever it is in the queue", async () => {
    const { clock, line, outcomes, join } = create()
    join("patient")
    join("hasty", 10)
    join("slow", 20)
    clock.advance(9)
    await microtasks()
    expect([outcomes, line.length]).to.deep.equal([[], 3])
    clock.advance(1)
    await microtasks()
    expect([outcomes, line.length]).to.deep.equal([["hasty expired"], 2])
    line.serve((item) => item)
    clock.advance(100)
    await microtasks()
    expect(outcomes).to.deep.equal(["hasty expired", "patient", "slow"])
    expect(clock.waiting).to.equal(0)
  })

  it("rejects a waiter with a timeout of 0 in the next turn of the clock", async () => {
    const { clock, outcomes, join } = create()
    join("a", 0)
    await microtasks()
    expect(outcomes).to.deep.equal([])
    clock.advance(0)
    await microtasks()
    expect(outcomes).to.deep.equal(["a expired"])
  })

  it("lets a waiter with a signal and no timeout wait without limit", () => {
    const { clock, line } = create()
    line.join("a", { timeout: -1, signal: new AbortController().signal }).catch(() => undefined)
    expect(clock.waiting).to.equal(0)
  })

  it("keeps the process alive while anyone waits", async () => {
    const clock = new FakeClock()
    const runtime = createRuntime(nodeScheduler, { clock })
    let holds = 0
    Object.assign(runtime.keepAlive, { hold: () => holds++, release: () => holds-- })
    const line = new WaitQueue<string, string>(runtime, expired)
    const waits = ["a", "b", "c"].map((item) => {
      const wait = line.join(item, { timeout: -1 })
      expect(holds).to.equal(1)
      return wait
    })
    line.serve((item) => (item === "a" ? item : undefined))
    expect([await waits[0], holds]).to.deep.equal(["a", 1])
    line.serve((item) => item)
    expect([await waits[1], await waits[2], holds]).to.deep.equal(["b", "c", 0])
  })

  it("resolves to nothing if an attempt succeeds without a result", async () => {
    const { line, join, outcomes } = create()
    join("a")
    line.serve(() => true as unknown as string)
    await microtasks()
    expect(outcomes).to.deep.equal([undefined])
  })

  it("rejects all waiters", async () => {
    const { clock, line, outcomes, join } = create()
    for (const item of ["a", "b"]) join(item, 10)
    line.dismiss((item) => new Error(`${item} dismissed`))
    await microtasks()
    expect([outcomes, line.length, clock.waiting]).to.deep.equal([["a dismissed", "b dismissed"], 0, 0])
  })

  describe("with an attempt that runs application code", () => {
    it("delivers a result to its waiter even if all waiters are rejected", async () => {
      const { line, outcomes, join } = create()
      for (const item of ["a", "b"]) join(item)
      line.serve((item) => {
        line.dismiss((other) => new Error(`${other} dismissed`))
        return `${item} served`
      })
      await microtasks()
      expect([outcomes, line.length]).to.deep.equal([["b dismissed", "a served"], 0])
    })

    it("rejects a waiter without a result, and continues with the next", async () => {
      const { line, outcomes, join } = create()
      join("a")
      const asked: string[] = []
      line.serve((item) => {
        asked.push(item)
        if (item === "c") return undefined
        join("b")
        line.dismiss((other) => new Error(`${other} dismissed`))
        join("c")
        return undefined
      })
      await microtasks()
      expect([outcomes, asked, line.length]).to.deep.equal([["b dismissed", "a dismissed"], ["a", "c"], 1])
    })

    it("serves no waiter twice if it is called during an attempt, but repeats the attempt", async () => {
      const { line, outcomes, join } = create()
      for (const item of ["a", "b"]) join(item)
      const results = ["1"]
      const attempt = (item: string): string | undefined => {
        const result = results.shift()
        if (item === "a" || results.length > 0) line.serve(attempt)
        if (item === "b" && result === undefined && outcomes.length === 0) {
          outcomes.push("more has come")
          results.push("2")
          line.serve(attempt)
        }
        return result
      }
      line.serve(attempt)
      await microtasks()
      expect([outcomes, line.length]).to.deep.equal([["more has come", "1", "2"], 0])
      join("c")
      let attempts = 0
      line.serve(() => {
        attempts++
        return undefined
      })
      expect(attempts).to.equal(1)
    })

    it("does not let a signal discard the result of its call", async () => {
      const { line } = create()
      const controller = new AbortController()
      const { signal } = controller
      const [first, second] = ["a", "b"].map((item) => line.join(item, { timeout: -1, signal }))
      line.serve((item) => {
        if (item === "a") controller.abort("enough")
        return item
      })
      expect(await first).to.equal("a")
      expect(await second!.catch((reason: unknown) => reason)).to.equal("enough")
      expect(line.length).to.equal(0)
    })
  })

  it("does not queue a waiter whose signal has aborted or cannot be subscribed to", async () => {
    const { clock, line } = create()
    const aborted = line.join("a", { timeout: 5, signal: AbortSignal.abort("enough") })
    expect(await aborted.catch((reason: unknown) => reason)).to.equal("enough")
    const deaf = { aborted: false, addEventListener: () => expect.fail("deaf") } as unknown as AbortSignal
    const failed = line.join("b", { timeout: 5, signal: deaf })
    expect(await failed.catch((reason: unknown) => (reason as Error).message)).to.equal("deaf")
    expect([line.length, clock.waiting]).to.deep.equal([0, 0])
  })

  it("leaves no listener at a signal that has aborted, or when it no longer waits", async () => {
    const { line } = create()
    for (const aborted of [true, false]) {
      const listeners = new Set<unknown>()
      const signal = {
        aborted,
        reason: "enough",
        addEventListener: (_type: string, listener: unknown) => listeners.add(listener),
        removeEventListener: (_type: string, listener: unknown) => listeners.delete(listener),
      } as unknown as AbortSignal
      const wait = line.join("a", { timeout: -1, signal }).catch((reason: unknown) => reason)
      expect(listeners.size).to.equal(aborted ? 0 : 1)
      line.serve((item) => `${item} served`)
      expect([await wait, listeners.size]).to.deep.equal([aborted ? "enough" : "a served", 0])
    }
  })

  it("rejects the waiters of one owner", async () => {
    const { line } = create()
    const owner = {}
    const waits = [owner, undefined, owner].map((owner, index) =>
      line.join(String(index), { timeout: -1 }, owner).catch((reason: unknown) => `${String(reason)} ${index}`),
    )
    line.withdraw(owner, "left")
    line.serve((item) => `served ${item}`)
    expect(await Promise.all(waits)).to.deep.equal(["left 0", "served 1", "left 2"])
  })
})
