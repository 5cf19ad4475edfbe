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
  "ipc removes its file on unbind and on close": CLOSED_LATER,
  "ipc removes its file even if the process has changed its working directory": CLOSED_LATER,
  "ipc binds a path of 107 bytes whose last part is short, once: bind": CLOSED_LATER,
  "ipc binds a path of 107 bytes whose last part is short, once: bindSync": CLOSED_LATER,
  "ipc binds a name of several lines, once: bind": CLOSED_LATER,
  "ipc binds a name of several lines, once: bindSync": CLOSED_LATER,
  "tcp transfers messages even if the system rejects options of the connection": IN_THIS_THREAD,
  "sendHighWaterBytes counts messages that are already waiting when it is set": NOT_COUNTED,
  "ws transfers messages of many frames and sizes in both directions, in order": NO_SINK,
}

/** The same by parts of the title. */
const DIFFERENT_KINDS: readonly (readonly [RegExp, string])[] = [
  [/ is rejected, because it has no address: /, IN_THIS_THREAD],
]

/** The same for whole suites. */
const DIFFERENT_SUITES: Readonly<Record<string, string>> = {
  "ws:// over a browser's WebSocket": "it replaces the transports of the platform",
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
