// The program of an I/O thread: connections for the sockets of the thread that has started it.

import { workerData } from "node:worker_threads"
import { nodePlatform } from "../platform/node/index.js"
import { IoServer } from "../transports/io/io-server.js"
import type { ThreadData } from "../transports/io/thread-code.js"
import { inheritedLedger } from "../transports/threads/threads.js"

const data = workerData as ThreadData

new IoServer(data, nodePlatform.transports, nodePlatform, data.sharesNames ? inheritedLedger() : undefined)
