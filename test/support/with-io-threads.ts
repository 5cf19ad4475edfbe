// Runs tests with an I/O thread in the default context: mocha --require test/support/with-io-threads.ts

import { context } from "../../src/index.js"

context.dedicatedIoThreads = 1
