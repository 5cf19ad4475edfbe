// Runs the unit tests again and again, each time with another change, and tells the parent whether any test failed.
import { register } from "node:module"
import { relative } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import Mocha from "mocha"

const { files, starts } = JSON.parse(process.env.MUTATION)
register("./load.mjs", import.meta.url, { data: starts })
process.env.MUTATION = ""
const root = fileURLToPath(new URL("../..", import.meta.url))
/** Says nothing. */
function Silent() {}
const mocha = new Mocha({ reporter: Silent, timeout: 10_000, bail: true })
mocha.cleanReferencesAfterRun(false)
globalThis.mutant = -1
for (const file of files) {
  // As modules, so that they go through `load`; mocha itself would `require` them.
  mocha.suite.emit("pre-require", globalThis, file, mocha)
  await import(pathToFileURL(file).href)
}
const suites = [...mocha.suite.suites]

/** What fails outside of a test fails, too. */
let stray = false
process.on("unhandledRejection", () => (stray = true))

process.on("message", ({ id, path }) => {
  // The test of the changed file is the likeliest to notice.
  const own =
    path &&
    relative(root, path)
      .replace(/^src\//, "test/")
      .replace(/\.ts$/, "")
  const first = (suite) => (own !== undefined && suite.file?.includes(own) ? 0 : 1)
  mocha.suite.suites = [...suites].sort((a, b) => first(a) - first(b))
  globalThis.mutant = id
  stray = false
  let why
  const runner = mocha.run((failures) => {
    globalThis.mutant = -1
    process.send({ id, failed: failures > 0 || stray, why })
  })
  runner.once("fail", (test, error) => {
    why = `${test.fullTitle()}: ${error.stack}`
  })
})
process.send({ ready: true })
