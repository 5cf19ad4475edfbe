import { expect } from "chai"
import { Budget } from "../../../src/core/runtime/budget.js"
import { nodeScheduler } from "../../../src/platform/node/scheduler.js"
import { settle } from "../../support/settle.js"

let time: number
let budget: Budget

/** The number of operations of `size` bytes that run before one has to wait, and the promise that it waits for. */
function exhaust(size: number): { count: number; turn: Promise<void> } {
  for (let count = 1; ; count++) {
    const turn = budget.spend(size)
    if (turn !== undefined) return { count, turn }
  }
}

/** Creates a budget for each test of a suite. */
function eachWithItsOwn(): void {
  beforeEach(() => {
    time = 0
    budget = new Budget(nodeScheduler, () => time)
  })
  afterEach(settle)
}

describe("spend", () => {
  eachWithItsOwn()

  it("makes a loop wait for the event loop after 8192 operations", async () => {
    const { count, turn } = exhaust(0)
    expect(count).to.equal(8193)
    await turn
    expect(exhaust(0).count).to.equal(8193)
  })

  it("makes it wait after 8 MiB", () => {
    expect(exhaust(1024 * 1024).count).to.equal(9)
  })

  it("makes it wait after one large operation", () => {
    expect(exhaust(16 * 1024 * 1024).count).to.equal(1)
  })

  it("makes it wait after 20 ms of work between the operations, and looks at the time only occasionally", async () => {
    for (const [work, expected] of [
      [0.001, 8193],
      [0.01, 2560],
      [0.1, 512],
      [1, 128],
    ] as const) {
      let count = 0
      let turn: Promise<void> | undefined
      for (; turn === undefined; count++) {
        turn = budget.spend(0)
        time += work
      }
      expect(count).to.equal(expected)
      expect(budget.spend(0)).to.be.an.instanceOf(Promise)
      await turn
      await settle()
    }
  })

  it("lets it continue for exactly 20 ms after the first of these looks", () => {
    for (let count = 0; count < 64; count++) expect(budget.spend(0)).to.equal(undefined)
    time = 20
    for (let count = 0; count < 200; count++) expect(budget.spend(0)).to.equal(undefined)
    time = 20.1
    expect(exhaust(0).count).to.be.lessThan(600)
  })

  it("resets when the event loop turns", async () => {
    for (let count = 0; count < 8000; count++) expect(budget.spend(1)).to.equal(undefined)
    await settle()
    expect(exhaust(0).count).to.equal(8193)
  })
})

describe("refuse", () => {
  eachWithItsOwn()

  it("makes a loop wait for the event loop after 16 failures in one turn", async () => {
    for (let count = 0; count < 16; count++) expect(budget.refuse()).to.equal(undefined)
    let turned = false
    setImmediate(() => (turned = true))
    await budget.refuse()!
    expect(turned).to.equal(true)
    await settle()
    expect(budget.refuse()).to.equal(undefined)
  })

  it("waits for one turn of the event loop, however many failures there are in it", () => {
    const tasks: (() => void)[] = []
    const own = new Budget({ ...nodeScheduler, nextTurn: (task) => tasks.push(task) })
    for (let turn = 0; turn < 2; turn++) {
      for (let count = 0; count < 16; count++) {
        own.refuse()
        expect(tasks).to.have.length(1)
      }
      tasks.pop()!()
    }
  })

  it("does not make a loop wait that fails less often, however long it continues", async () => {
    for (let turn = 0; turn < 40; turn++) {
      expect(budget.refuse()).to.equal(undefined)
      await settle()
    }
  })
})

describe("operations that wait for another turn", () => {
  let log: string[] = []

  eachWithItsOwn()
  beforeEach(() => {
    log = []
  })

  /** Uses up the whole budget in each of `turns` turns, and records the order. */
  async function hog(name: string, turns: number): Promise<void> {
    let { turn } = exhaust(0)
    for (let count = 0; count < turns; count++) {
      await turn
      log.push(name)
      turn = exhaust(0).turn
    }
    await turn
  }

  it("resume one after another, each in its own turn", async () => {
    await Promise.all([hog("a", 2), hog("b", 2), hog("c", 1)])
    expect(log).to.deep.equal(["a", "b", "c", "a", "b"])
  })

  it("resume in the same turn until that budget is spent", async () => {
    const waits = [exhaust(0).turn, ...Array.from({ length: 3 }, () => budget.spend(0)!)]
    waits.forEach((wait, index) => void wait.then(() => log.push(String(index))))
    await waits[0]
    setImmediate(() => log.push("next turn"))
    await settle()
    expect(log).to.deep.equal(["0", "1", "2", "3", "next turn"])
  })

  it("resume in the next turn if the previous one has spent the budget", async () => {
    const waits = [exhaust(0).turn, budget.spend(0)!]
    const all = [
      waits[0]!.then(() => {
        log.push("first")
        setImmediate(() => log.push("next turn"))
        exhaust(0)
      }),
      waits[1]!.then(() => log.push("second")),
    ]
    await Promise.all(all)
    expect(log).to.deep.equal(["first", "next turn", "second"])
  })

  it("count as overload if there are two or more", async () => {
    const waits = [exhaust(0).turn]
    expect(budget.overloaded).to.equal(false)
    waits.push(budget.spend(0)!)
    expect(budget.overloaded).to.equal(true)
    await Promise.all(waits)
    expect(budget.overloaded).to.equal(false)
  })

  it("count as overload together with a task that is postponed", async () => {
    const wait = exhaust(0).turn
    budget.postpone(() => log.push("task"))
    expect(budget.overloaded).to.equal(true)
    await wait
    await settle()
    expect([log, budget.overloaded]).to.deep.equal([["task"], false])
  })

  it("start when no suspended operation is left", async () => {
    const hogs = Promise.all([hog("a", 2), hog("b", 1)])
    expect(budget.overloaded).to.equal(true)
    budget.postpone(() => log.push("begun"))
    await hogs
    await settle()
    expect(log).to.deep.equal(["a", "b", "a", "begun"])
  })

  it("start after eight suspended operations that always have more work", async () => {
    const hogs = hog("a", 20)
    budget.postpone(() => log.push("first"))
    budget.postpone(() => log.push("second"))
    await hogs
    expect(log.indexOf("first")).to.equal(8)
    expect(log.indexOf("second")).to.equal(17)
  })

  it("start in order, each after the work that the previous one caused", async () => {
    const wait = exhaust(0).turn
    for (const name of ["first", "second"]) {
      budget.postpone(() => {
        log.push(name)
        void Promise.resolve().then(() => log.push(`after ${name}`))
      })
    }
    await wait
    await settle()
    expect(log).to.deep.equal(["first", "after first", "second", "after second"])
  })
})
