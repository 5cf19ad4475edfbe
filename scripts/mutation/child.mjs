// Runs the unit tests repeatedly, each time with another mutation, and reports to the parent process whether a test failed.
import { register } from "node:module"
import { pathToFileURL } from "node:url"
import fc from "fast-check"
import Mocha from "mocha"

// A failure is enough. Finding the smallest counterexample would take long.
fc.configureGlobal({ endOnFailure: true })

const { files, starts } = JSON.parse(process.env.MUTATION)
register("./load.mjs", import.meta.url, { data: starts })
process.env.MUTATION = ""
/** Tests with a longer timeout than this, in ms, are not run, because they would take too long for each mutation. */
const MAX_TIMEOUT = 10_000
/** Timeout of all other tests, in ms, for slow machines. */
const TEST_TIMEOUT = 60_000
/**
 * Maximum number of switches that a test evaluates with a mutation: a multiple of their number without one, plus a minimum,
 * which take about a second.
 */
const STEP_FACTOR = 100
const MIN_STEPS = 10_000_000
/** A reporter without output. */
function Silent() {}
const mocha = new Mocha({ reporter: Silent, timeout: MAX_TIMEOUT, bail: true })
mocha.cleanReferencesAfterRun(false)

/** Number of the active mutation; -1 means none. */
let active = -1
/** The mutations that each test, and the hooks of each suite, reach. Recorded while the tests run without a mutation. */
const reached = new Map()
let reaching
/** Number of switches evaluated since the test began. A test that evaluates many more than without a mutation never ends. */
let steps = 0
let maxSteps = Infinity
/** Number of switches that each test evaluates without a mutation. */
const stepsOf = new Map()
/** Duration of each test, in ms. */
const durations = new Map()
globalThis.mutated = (id) => {
  steps++
  if (reaching !== undefined) reaching.add(id)
  else if (active >= 0 && steps > maxSteps) throw new Error("Endless loop")
  return id === active
}

for (const file of files) {
  // Import the files as modules, so that they pass through `load`. Mocha would `require` them.
  mocha.suite.emit("pre-require", globalThis, file, mocha)
  await import(pathToFileURL(file).href)
}
const suites = [...mocha.suite.suites]
mocha.suite.eachTest((test) => {
  if (test.timeout() <= MAX_TIMEOUT) test.timeout(TEST_TIMEOUT)
  else test.parent.tests = test.parent.tests.filter((other) => other !== test)
})
/** The tests of each suite, without those of its children. */
const tests = new Map()
mocha.suite.eachTest(({ parent }) => tests.set(parent, [...parent.tests]))

/** Whether an error has occurred outside of a test, which counts as a failure. */
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
    mocha.suite.eachTest((test) => (sum += durations.get(test)))
    process.send({ duration: sum })
  }
  active = id
  stray = false
  let why
  const runner = mocha.run((failures) => {
    active = -1
    reaching = undefined
    process.send({ id, failed: failures > 0 || stray, why })
  })
  runner.on("test", (test) => {
    steps = 0
    maxSteps = STEP_FACTOR * stepsOf.get(test) + MIN_STEPS
  })
  if (id < 0) record(runner)
  runner.once("fail", (test, error) => {
    why = `${test.fullTitle()}: ${error.stack}`
  })
})
process.send({ ready: true })

/** Selects the tests that reach the mutation, fast ones first, because most mutations are detected by several tests. */
function select(id) {
  for (const [suite, all] of tests) {
    suite.tests = all.filter((test) => reaches(test, id)).sort((a, b) => durations.get(a) - durations.get(b))
  }
  const least = (suite) => {
    let least = Infinity
    suite.eachTest((test) => (least = Math.min(least, durations.get(test))))
    return least
  }
  const by = new Map(suites.map((suite) => [suite, least(suite)]))
  mocha.suite.suites = [...suites].sort((a, b) => (by.get(a) < by.get(b) ? -1 : 1))
}

function reaches(runnable, id) {
  for (let each = runnable; each !== undefined; each = each.parent) if (reached.get(each)?.has(id)) return true
  return false
}

/** Records which mutations each test reaches, and its duration. */
function record(runner) {
  const watch = (runnable) => {
    const owner = runnable.type === "hook" ? runnable.parent : runnable
    reaching = reached.get(owner) ?? new Set()
    reached.set(owner, reaching)
  }
  runner.on("hook", watch)
  runner.on("test", (test) => {
    watch(test)
    durations.set(test, -performance.now())
  })
  runner.on("test end", (test) => {
    durations.set(test, durations.get(test) + performance.now())
    stepsOf.set(test, steps)
  })
}
