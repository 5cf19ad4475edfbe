// Runs tests with an I/O thread in the default context: npm run test:io

import { context } from "../../src/index.js"
import { skip } from "./skip.js"

context.dedicatedIoThreads = 1

const CLOSED_LATER = "with I/O threads, close removes the file a moment later"
const IN_THIS_THREAD = "it replaces functions that the I/O thread calls"
const NOT_COUNTED = "with I/O threads, a limit in bytes does not count messages that were sent before it was set"
const NO_SINK = "with I/O threads, messages queue up to the high-water mark before they are written"

/** Tests of what is different with I/O threads: docs/guide/io-threads.md, "What is different". By their full titles. */
const DIFFERENT: Readonly<Record<string, string>> = {
  "ipc SHALL remove its file when unbound, and when closed": CLOSED_LATER,
  "ipc SHALL remove its file though the process has moved to another folder since": CLOSED_LATER,
  "ipc SHALL bind a path of 107 bytes whose last part is short, once": CLOSED_LATER,
  "ipc SHALL bindSync a path of 107 bytes whose last part is short, once": CLOSED_LATER,
  "ipc SHALL bind a name of several lines, once": CLOSED_LATER,
  "ipc SHALL bindSync a name of several lines, once": CLOSED_LATER,
  "tcp SHALL carry messages though the system refuses options of the connection": IN_THIS_THREAD,
  "sendHighWaterBytes SHALL count messages that are already waiting when it is set": NOT_COUNTED,
  "ws SHALL carry messages of many frames and sizes both ways, in order": NO_SINK,
}

/** The same by parts of the title. */
const DIFFERENT_KINDS: readonly (readonly [RegExp, string])[] = [
  [/ SHALL be refused, since it has no address: /, IN_THIS_THREAD],
]

/** The same for whole suites. */
const DIFFERENT_SUITES: Readonly<Record<string, string>> = {
  "ws:// by the WebSocket of browsers": "it replaces the transports of the platform",
}

export const mochaHooks = {
  beforeEach(this: Mocha.Context): void {
    const title = this.currentTest!.fullTitle()
    const suite = Object.entries(DIFFERENT_SUITES).find(([name]) => title.startsWith(name))
    const kind = DIFFERENT_KINDS.find(([pattern]) => pattern.test(title))
    const reason = DIFFERENT[title] ?? suite?.[1] ?? kind?.[1]
    if (reason !== undefined) skip(this, reason)
  },
}
