// The program of an I/O thread: connections for the sockets of the thread that has started it.

import { workerData } from "node:worker_threads"
import { nodeRuntime } from "../platform/node/runtime.js"
import { streamTransports } from "../platform/node/stream-transports.js"
import { IoServer } from "../transports/io/io-server.js"
import type { ThreadData } from "../transports/io/thread-code.js"
import { inheritedLedger } from "../transports/threads/threads.js"

const data = workerData as ThreadData

new IoServer(data, streamTransports(), nodeRuntime, data.sharesNames ? inheritedLedger() : undefined)
