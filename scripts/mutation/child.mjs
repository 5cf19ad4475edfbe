// Runs the unit tests again and again, each time with another change, and tells the parent whether any test failed.
import { register } from "node:module"
import { pathToFileURL } from "node:url"
import fc from "fast-check"
import Mocha from "mocha"

// That it fails is enough; what the least is with which it does, takes long to find.
fc.configureGlobal({ endOnFailure: true })

const { files, starts } = JSON.parse(process.env.MUTATION)
register("./load.mjs", import.meta.url, { data: starts })
process.env.MUTATION = ""
/** Tests that ask for more time than this, in ms, are not run: it would be too much for each change. */
const USUAL = 10_000
/** What the others get, on whatever machine. */
const PATIENCE = 60_000
/** Says nothing. */
function Silent() {}
const mocha = new Mocha({ reporter: Silent, timeout: USUAL, bail: true })
mocha.cleanReferencesAfterRun(false)

/** Number of the change that counts, -1 for none. */
let active = -1
/** While all tests run without any change: which changes each test reaches, and the hooks of each suite. */
const reached = new Map()
let reaching
/** Switches come past since the test began: what comes past so many more than without a change never ends. */
let steps = 0
let mostSteps = 0
/** How long each takes, in ms. */
const lasting = new Map()
globalThis.mutated = (id) => {
  steps++
  if (reaching !== undefined) reaching.add(id)
  else if (active >= 0 && steps > 10 * mostSteps) throw new Error("Never ends")
  return id === active
}

for (const file of files) {
  // As modules, so that they go through `load`; mocha itself would `require` them.
  mocha.suite.emit("pre-require", globalThis, file, mocha)
  await import(pathToFileURL(file).href)
}
const suites = [...mocha.suite.suites]
mocha.suite.eachTest((test) => {
  if (test.timeout() <= USUAL) test.timeout(PATIENCE)
  else test.parent.tests = test.parent.tests.filter((other) => other !== test)
})
/** Every suite's own tests. */
const tests = new Map()
mocha.suite.eachTest(({ parent }) => tests.set(parent, [...parent.tests]))

/** What fails outside of a test fails, too. */
let stray = false
process.on("unhandledRejection", () => (stray = true))

process.on("message", ({ id }) => {
  if (id >= 0) select(id)
  if (mocha.suite.total() === 0) {
    process.send({ id, failed: false })
    return
  }
  if (id >= 0) {
    let sum = 0
    mocha.suite.eachTest((test) => (sum += lasting.get(test)))
    process.send({ lasting: sum })
  }
  active = id
  stray = false
  let why
  const runner = mocha.run((failures) => {
    active = -1
    reaching = undefined
    process.send({ id, failed: failures > 0 || stray, why })
  })
  runner.on("test", () => (steps = 0))
  if (id < 0) record(runner)
  runner.once("fail", (test, error) => {
    why = `${test.fullTitle()}: ${error.stack}`
  })
})
process.send({ ready: true })

/** Leaves the tests that reach the change, the quick ones first: most changes are noticed by several. */
function select(id) {
  for (const [suite, all] of tests) {
    suite.tests = all.filter((test) => reaches(test, id)).sort((a, b) => lasting.get(a) - lasting.get(b))
  }
  const least = (suite) => {
    let least = Infinity
    suite.eachTest((test) => (least = Math.min(least, lasting.get(test))))
    return least
  }
  const by = new Map(suites.map((suite) => [suite, least(suite)]))
  mocha.suite.suites = [...suites].sort((a, b) => (by.get(a) < by.get(b) ? -1 : 1))
}

function reaches(runnable, id) {
  for (let each = runnable; each !== undefined; each = each.parent) if (reached.get(each)?.has(id)) return true
  return false
}

/** Notes who reaches what, and how long that takes. */
function record(runner) {
  const watch = (runnable) => {
    const owner = runnable.type === "hook" ? runnable.parent : runnable
    reaching = reached.get(owner) ?? new Set()
    reached.set(owner, reaching)
  }
  runner.on("hook", watch)
  runner.on("test", (test) => {
    watch(test)
    lasting.set(test, -performance.now())
  })
  runner.on("test end", (test) => {
    lasting.set(test, lasting.get(test) + performance.now())
    mostSteps = Math.max(mostSteps, steps)
  })
}
