import { once } from "node:events"
import { createRequire } from "node:module"
import { Worker } from "node:worker_threads"
import type { Closable } from "./closing.js"

const require = createRequire(import.meta.url)

/** How a thread gets hold of this library as built, or of another with its API. */
export type Build = "cjs" | "esm" | "zeromq"

const LOAD: Readonly<Record<Build, string>> = {
  cjs: `require(${JSON.stringify(new URL("../../dist/node/index.cjs", import.meta.url).pathname)})`,
  esm: `await import(${JSON.stringify(new URL("../../dist/node/index.mjs", import.meta.url).href)})`,
  zeromq: `require(${JSON.stringify(require.resolve("zeromq"))})`,
}

/** Tells a thread in between to terminate the one that it has started. */
const TERMINATE = "terminate the inner thread"
const TERMINATED = "the inner thread is terminated"

/** A thread without the library, between the test and the thread that runs the lines: it only passes on what is said. */
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
  /** The thread is started by another that has not loaded the library. */
  readonly beneathStranger?: boolean
}

/** A worker thread that runs a few lines, which find the library as `zmq`, and `say`, `told` and `data` to talk to the test. */
export class Thread implements Closable {
  /** Its code when it has ended. */
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
    // Whoever wants to know asks; a failure is told by what is missing then.
    this.exit.catch(() => undefined)
  }

  /** The next thing that it says; rejects if it ends first. */
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

  /** Has the stranger above terminate the thread, and stay. What the thread had said before is passed over. */
  async terminateBeneath(): Promise<void> {
    this.tell(TERMINATE)
    while ((await this.said()) !== TERMINATED);
  }
}
