import { expect } from "chai"
import { SharedResolver, type Resolved } from "../../../src/transports/net/resolver.js"
import { settle } from "../../support/settle.js"

/** A system resolver that answers on demand. */
class System {
  readonly asked: { readonly name: string; readonly family: number; readonly answer: Resolved }[] = []
  readonly resolver = new SharedResolver((name, family, answer) => this.asked.push({ name, family, answer }))

  get names(): string[] {
    return this.asked.map(({ name }) => name)
  }
}

const ignore = (): void => undefined

describe("SharedResolver", () => {
  let system: System

  beforeEach(() => {
    system = new System()
  })

  /** Looks up `name`, and returns the results that the callback receives. */
  function ask(name: string, family: 4 | 0 = 4): [told: unknown[], cancel: () => void] {
    const told: unknown[] = []
    const cancel = system.resolver.resolve(name, family, (error, addresses) => told.push(error ?? addresses))
    return [told, cancel]
  }

  it("looks up a name once for several waiters, and notifies all of them", async () => {
    const waiting = Array.from({ length: 20 }, () => ask("one")[0])
    await settle()
    waiting.push(ask("one")[0])
    await settle()
    expect(system.names).to.deep.equal(["one"])
    system.asked[0]!.answer(undefined, ["192.0.2.1"])
    for (const told of waiting) expect(told).to.deep.equal([["192.0.2.1"]])
  })

  it("looks it up again after an answer, because the answer may change", async () => {
    ask("one")
    await settle()
    system.asked[0]!.answer(undefined, ["192.0.2.1"])
    const [told] = ask("one")
    await settle()
    expect(system.names).to.deep.equal(["one", "one"])
    const error = new Error("ENOTFOUND")
    system.asked[1]!.answer(error, [])
    expect(told).to.deep.equal([error])
  })

  it("looks up both families if both are wanted", async () => {
    ask("one", 4)
    ask("one", 0)
    await settle()
    expect(system.asked.map(({ family }) => family)).to.deep.equal([4, 0])
  })

  it("does not look up a name whose waiters have left before the event loop has turned", async () => {
    for (let count = 0; count < 20; count++) ask(`name-${count}`)[1]()
    await settle()
    expect(system.names).to.be.empty
  })

  it("looks up two names at a time, and skips names without waiters", async () => {
    const all = ["a", "b", "c", "d"].map((name) => ask(name))
    await settle()
    expect(system.names).to.deep.equal(["a", "b"])
    all[2]![1]()
    system.asked[0]!.answer(undefined, ["192.0.2.1"])
    expect(system.names).to.deep.equal(["a", "b", "d"])
  })

  it("does not notify a waiter that has left, and adds one that returns to the pending lookup", async () => {
    const [told, cancel] = ask("one")
    await settle()
    cancel()
    const [next] = ask("one")
    await settle()
    expect(system.names).to.deep.equal(["one"])
    system.asked[0]!.answer(undefined, ["192.0.2.1"])
    expect([told, next]).to.deep.equal([[], [["192.0.2.1"]]])
  })

  it("distinguishes waiters with the same function", async () => {
    const cancel = system.resolver.resolve("one", 4, ignore)
    let told = 0
    const count = (): number => told++
    system.resolver.resolve("one", 4, count)
    system.resolver.resolve("one", 4, count)
    cancel()
    await settle()
    system.asked[0]!.answer(undefined, [])
    expect(told).to.equal(2)
  })
})
