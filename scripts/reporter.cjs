const { writeFileSync } = require("node:fs")
const { reporters, Runner } = require("mocha")

/** The usual report, and the counts in the file that ZMTP_TEST_COUNTS names. */
module.exports = class CountingReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options)
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats
      const skipped = pending > 0 ? `, ${pending} skipped` : ""
      const file = process.env.ZMTP_TEST_COUNTS
      if (file) writeFileSync(file, `${passes} passed, ${failures} failed${skipped}\n`)
    })
  }
}
