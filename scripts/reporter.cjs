const { writeFileSync } = require("node:fs")
const { reporters, Runner } = require("mocha")

/** How long the process may take to end after the last test, in ms. */
const FAREWELL = 10_000

/**
 * The usual report, and the counts in the file that ZMTP_TEST_COUNTS names. A process that does not end by itself, as
 * it should with every socket closed, says what holds it and fails.
 */
module.exports = class CountingReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options)
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats
      const skipped = pending > 0 ? `, ${pending} skipped` : ""
      const file = process.env.ZMTP_TEST_COUNTS
      if (file) writeFileSync(file, `${passes} passed, ${failures} failed${skipped}\n`)
      setTimeout(() => {
        process.stderr.write(`Still there after the last test: ${process.getActiveResourcesInfo().join(", ")}\n`)
        process.exit(1)
      }, FAREWELL).unref()
    })
  }
}
