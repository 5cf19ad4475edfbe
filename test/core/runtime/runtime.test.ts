import { expect } from "chai"
import { once } from "node:events"
import { createRuntime, warn } from "../../../src/core/runtime/runtime.js"
import type { Scheduler } from "../../../src/core/runtime/scheduler.js"
import { nodeScheduler } from "../../../src/platform/node/scheduler.js"

/** A scheduler that records each scheduled task and the way it was scheduled. */
function bookings(): { scheduler: Scheduler; booked: [string, () => void][] } {
  const booked: [string, () => void][] = []
  const book = (how: string) => (task: () => void) => void booked.push([how, task])
  return { scheduler: { afterMicrotasks: book("afterMicrotasks"), nextTurn: book("nextTurn") }, booked }
}

describe("createRuntime", () => {
  it("passes tasks to the scheduler of its host", () => {
    const { scheduler, booked } = bookings()
    const runtime = createRuntime(scheduler)
    const [soon, later] = [(): void => undefined, (): void => undefined]
    runtime.afterMicrotasks(soon)
    runtime.nextTurn(later)
    expect(booked).to.deep.equal([
      ["afterMicrotasks", soon],
      ["nextTurn", later],
    ])
  })

  it("gives each runtime its own budget", () => {
    const [spent, fresh] = [createRuntime(nodeScheduler), createRuntime(bookings().scheduler)]
    const GIB = 2 ** 30
    expect(spent.budget.spend(GIB)).to.be.instanceOf(Promise)
    expect(fresh.budget.spend(1)).to.equal(undefined)
  })

  it("uses the given timers for its clock", () => {
    const { scheduler } = bookings()
    const delays: unknown[] = []
    const timers = {
      setTimeout: (_task: () => void, delay?: number) => delays.push(delay),
      clearTimeout: () => undefined,
      setInterval: () => undefined,
      clearInterval: () => undefined,
    }
    createRuntime(scheduler, {}, timers).clock.after(1234, () => undefined)
    expect(delays).to.deep.equal([1234])
  })

  it("uses the given members instead of its own", () => {
    const warnings: string[] = []
    const runtime = createRuntime(nodeScheduler, { warn: (text) => warnings.push(text) })
    runtime.warn("careful")
    expect(warnings).to.deep.equal(["careful"])
  })
})

describe("warn", () => {
  it("emits a process warning, with its code and detail", async () => {
    const warned = once(process, "warning") as Promise<[Error & { code?: string; detail?: string }]>
    warn("a test of warnings", { code: "ZMTP_TEST", detail: "expected" })
    const [{ name, message, code, detail }] = await warned
    expect({ name, message, code, detail }).to.deep.equal({
      name: "Warning",
      message: "a test of warnings",
      code: "ZMTP_TEST",
      detail: "expected",
    })
  })

  it("does nothing if the host has no process warnings", () => {
    const own = Object.getOwnPropertyDescriptor(process, "emitWarning")!
    Object.defineProperty(process, "emitWarning", { ...own, value: undefined })
    try {
      expect(() => {
        warn("unheard")
      }).not.to.throw()
    } finally {
      Object.defineProperty(process, "emitWarning", own)
    }
  })
})
