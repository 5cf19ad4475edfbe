import { Worker } from "node:worker_threads"
import { zmqError } from "../../core/errors.js"
import type { ThreadCode } from "../../transports/io/thread-code.js"
import { startFromFile } from "./io-thread-file.js"
import type { IoThreadText } from "./io-thread-text.js"

let loadText: (() => IoThreadText | undefined) | undefined

/** Makes the code of I/O threads available to a bundled program. The order of calls and imports does not matter. */
export function provideText(load: () => IoThreadText | undefined): void {
  loadText = load
}

/** Starts an I/O thread. */
export const startIoThread: ThreadCode = (data) => {
  const options = {
    workerData: data,
    transferList: [data.port],
    // Do not inherit options of the process, such as --eval, that apply only to its main program.
    execArgv: [],
    name: "zmtp I/O",
  }
  const worker = startFromFile(options)
  if (worker !== undefined) return worker
  const text = loadText?.()
  if (text === undefined) throw zmqError("ENOTSUP", { message: NOT_BUNDLED })
  const { code, libsodium } = text
  return new Worker(code, { ...options, eval: true, workerData: { ...data, libsodium } })
}

const NOT_BUNDLED =
  'This bundle does not contain the code of I/O threads: add the line import "zmtp/io-threads" to the program'
