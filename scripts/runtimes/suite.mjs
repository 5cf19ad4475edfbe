// Runs test files with mocha in the current runtime: `suite.mjs RESULTS FILES…`. The result of each test is written to RESULTS
// immediately, as a line of JSON, so that it is known even if the process crashes.
import Mocha from "mocha"
import { appendFileSync, readFileSync } from "node:fs"
import { resolve } from "node:path"

const { timeout, reporter } = JSON.parse(readFileSync(new URL("../../.mocharc.json", import.meta.url), "utf8"))
const [results, ...files] = process.argv.slice(2)
const patience = Number(process.env.ZMTP_TEST_PATIENCE ?? 1)
const { timeout: limit } = Mocha.Runnable.prototype
Mocha.Runnable.prototype.timeout = function (...ms) {
  return limit.apply(
    this,
    ms.map((each) => each * patience),
  )
}
const mocha = new Mocha({ timeout, reporter, forbidOnly: true })
for (const file of files) mocha.addFile(resolve(file))
await mocha.loadFilesAsync()
const runner = mocha.run((failures) => {
  process.exitCode = Math.min(failures, 1)
  note({ state: "over" })
})

runner.on("pass", (test) => note({ state: "passed", name: test.fullTitle(), file: test.file }))
runner.on("pending", (test) => note({ state: "skipped", name: test.fullTitle(), file: test.file }))
runner.on("fail", (test, error) =>
  note({ state: "failed", name: test.fullTitle(), file: test.file, reason: String(error?.message ?? error) }),
)

function note(line) {
  appendFileSync(results, `${JSON.stringify(line)}\n`)
}
