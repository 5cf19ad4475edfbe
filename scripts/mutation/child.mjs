// Runs the unit tests again and again, each time with another change, and tells the parent whether any test failed.
import { register } from "node:module"
import { pathToFileURL } from "node:url"
import Mocha from "mocha"

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
/** While all tests run without any change: who reaches which changes. What is reached between two suites is everyone's. */
const reached = new Map([[undefined, new Set()]])
let reaching = reached.get(undefined)
/** How long each takes, in ms. */
const lasting = new Map()
globalThis.mutated = (id) => {
  reaching?.add(id)
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

/** What fails outside of a test fails, too. */
let stray = false
process.on("unhandledRejection", () => (stray = true))

process.on("message", ({ id }) => {
  const everyone = id < 0 || reached.get(undefined).has(id)
  const noticing = suites.filter((suite) => everyone || reached.get(suite)?.has(id))
  if (noticing.length === 0) {
    process.send({ id, failed: false })
    return
  }
  // The quick ones first: most changes are noticed by several.
  mocha.suite.suites = noticing.sort((a, b) => (lasting.get(a) ?? 0) - (lasting.get(b) ?? 0))
  active = id
  stray = false
  let why
  const runner = mocha.run((failures) => {
    active = -1
    reaching = undefined
    process.send({ id, failed: failures > 0 || stray, why })
  })
  if (id < 0) record(runner)
  runner.once("fail", (test, error) => {
    why = `${test.fullTitle()}: ${error.stack}`
  })
})
process.send({ ready: true })

/** Notes who reaches what, and how long that takes. */
function record(runner) {
  runner.on("suite", (suite) => {
    if (!suites.includes(suite)) return
    reaching = new Set()
    reached.set(suite, reaching)
    lasting.set(suite, -performance.now())
  })
  runner.on("suite end", (suite) => {
    if (!suites.includes(suite)) return
    reaching = reached.get(undefined)
    lasting.set(suite, lasting.get(suite) + performance.now())
  })
}
