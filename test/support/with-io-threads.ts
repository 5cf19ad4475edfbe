// Runs tests with an I/O thread in the default context: npm run test:io

import { context } from "../../src/index.js"
import { DIFFERENT, DIFFERENT_SUITES } from "./io-thread-differences.js"
import { skip } from "./skip.js"

context.dedicatedIoThreads = 1

export const mochaHooks = {
  beforeEach(this: Mocha.Context): void {
    const title = this.currentTest!.fullTitle()
    const suite = Object.entries(DIFFERENT_SUITES).find(([name]) => title.startsWith(name))
    const reason = DIFFERENT[title] ?? suite?.[1]
    if (reason !== undefined) skip(this, reason)
  },
}
