const { writeFileSync } = require("node:fs")
const { reporters, Runner } = require("mocha")

/** Maximum time for the process to exit after the last test, in ms. */
const EXIT_TIMEOUT = 10_000

/**
 * The default reporter, which also writes the counts to the file in ZMTP_TEST_COUNTS. If the process does not exit by itself,
 * as it should when all sockets are closed, it prints the active resources and fails.
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
        process.stderr.write(
          `The process did not exit after the last test. Active resources: ${process.getActiveResourcesInfo().join(", ")}\n`,
        )
        process.exit(1)
      }, EXIT_TIMEOUT).unref()
    })
  }
}
