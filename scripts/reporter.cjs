const { writeFileSync } = require("node:fs")
const { reporters, Runner } = require("mocha")

/** Time in which the process has to exit after the last test, in ms. */
const EXIT_TIMEOUT = 10_000

/**
 * The default report. Also writes the counts to the file named by ZMTP_TEST_COUNTS. Fails if the process does not exit
 * after the last test, and reports what keeps it alive.
 */
module.exports = class CountingReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options)
    const resources = new ResourceLog()
    runner.on(Runner.constants.EVENT_SUITE_END, (suite) => {
      if (suite.parent?.root) resources.update(suite.title)
    })
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats
      const skipped = pending > 0 ? `, ${pending} skipped` : ""
      const file = process.env.ZMTP_TEST_COUNTS
      if (file) writeFileSync(file, `${passes} passed, ${failures} failed${skipped}\n`)
      setTimeout(() => {
        resources.update("the last suite")
        process.stderr.write(`The process did not exit after the last test:\n${resources.report()}${connections()}`)
        process.exit(1)
      }, EXIT_TIMEOUT).unref()
    })
  }
}

/** Records since which suite each resource that keeps the process alive has existed. */
class ResourceLog {
  /** For each type, the suites that have increased the number of such resources, one for each resource. */
  #suites = new Map()

  /** Records what exists after a suite. */
  update(suite) {
    const counts = new Map()
    for (const type of process.getActiveResourcesInfo()) counts.set(type, (counts.get(type) ?? 0) + 1)
    for (const type of this.#suites.keys()) if (!counts.has(type)) this.#suites.delete(type)
    for (const [type, count] of counts) {
      const suites = (this.#suites.get(type) ?? []).slice(0, count)
      while (suites.length < count) suites.push(suite)
      this.#suites.set(type, suites)
    }
  }

  report() {
    return [...this.#suites].map(([type, suites]) => `${type} since: ${suites.join("; ")}\n`).join("")
  }
}

/** The open connections, in Node. */
function connections() {
  return (process._getActiveHandles?.() ?? [])
    .filter((handle) => handle.remotePort !== undefined || handle.connecting)
    .map(
      ({ localPort, remoteAddress, remotePort, readyState, bytesRead, bytesWritten }) =>
        `${readyState}: ${localPort} to ${remoteAddress}:${remotePort}, ${bytesRead} bytes read, ${bytesWritten} bytes written\n`,
    )
    .join("")
}
