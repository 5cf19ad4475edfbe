import { once } from "node:events"
import { createRequire } from "node:module"
import { Worker } from "node:worker_threads"
import type { Closable } from "./closing.js"

const require = createRequire(import.meta.url)

/** How a thread loads the built library, or another one with the same API. */
export type Build = "cjs" | "esm" | "zeromq"

const LOAD: Readonly<Record<Build, string>> = {
  cjs: `require(${JSON.stringify(new URL("../../dist/node/index.cjs", import.meta.url).pathname)})`,
  esm: `await import(${JSON.stringify(new URL("../../dist/node/index.mjs", import.meta.url).href)})`,
  zeromq: `require(${JSON.stringify(require.resolve("zeromq"))})`,
}

/** Makes a thread in between terminate the thread that it has started. */
const TERMINATE = "terminate the inner thread"
const TERMINATED = "the inner thread is terminated"

/** A thread without the library, which only forwards messages between the test and the thread that runs the program. */
const BETWEEN = `
  const { parentPort, workerData: { source, data }, Worker } = require("node:worker_threads")
  const worker = new Worker(source, { eval: true, workerData: data, execArgv: [] })
  worker.on("message", (value) => parentPort.postMessage(value))
  parentPort.on("message", async (value) => {
    if (value !== "${TERMINATE}") return worker.postMessage(value)
    await worker.terminate()
    parentPort.postMessage("${TERMINATED}")
  })`

interface ThreadOptions {
  readonly build?: Build
  readonly data?: unknown
  /** The thread is started by a thread that has not loaded the library. */
  readonly beneathStranger?: boolean
}

/** A worker thread that runs a short program. The program uses the library as `zmq`, and communicates by `say`, `told`, and `data`. */
export class Thread implements Closable {
  /** Resolves with its exit code. */
  readonly exit: Promise<number>
  readonly #worker: Worker
  readonly #said: unknown[] = []
  readonly #waiting: ((value: unknown) => void)[] = []

  constructor(program: string, { build = "cjs", data, beneathStranger = false }: ThreadOptions = {}) {
    const source = `
      const { parentPort, workerData: data, Worker } = require("node:worker_threads")
      const { once } = require("node:events")
      const say = (value) => parentPort.postMessage(value)
      const told = async () => (await once(parentPort, "message"))[0]
      ;(async () => {
        const load = async () => ${LOAD[build]}
        ${program.includes("load()") ? "" : "const zmq = await load()"}
        ${program}
        // Keeps the variables above alive. Bun collects sockets that no later line uses, and other threads can bind their names.
        eval("")
      })()`
    this.#worker = new Worker(beneathStranger ? BETWEEN : source, {
      eval: true,
      workerData: beneathStranger ? { source, data } : data,
      execArgv: [],
    })
    this.#worker.on("message", (value) => {
      const waiting = this.#waiting.shift()
      if (waiting === undefined) this.#said.push(value)
      else waiting(value)
    })
    this.exit = once(this.#worker, "exit").then(([code]) => code as number)
    // Prevents an unhandled rejection. Tests notice a failed thread by its missing messages.
    this.exit.catch(() => undefined)
  }

  /** The next message of the thread. Rejects if the thread ends first. */
  async said(): Promise<unknown> {
    if (this.#said.length > 0) return this.#said.shift()
    return Promise.race([
      new Promise((resolve) => this.#waiting.push(resolve)),
      this.exit.then((code) => {
        throw new Error(`The thread has ended with ${code}`)
      }),
    ])
  }

  tell(value: unknown): void {
    this.#worker.postMessage(value)
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }

  /** Makes the thread in between terminate the thread, and stay alive itself. Discards earlier messages of the thread. */
  async terminateBeneath(): Promise<void> {
    this.tell(TERMINATE)
    while ((await this.said()) !== TERMINATED);
  }
}
