import { fork } from "node:child_process"
import { TYPESCRIPT } from "../support/runtime.js"
import type { Question, Report, Task } from "./memory-host.js"

/** A process with a socket that tests attack. It reports its memory usage. */
export class MemoryProcess {
  #before = 0
  #bytesIn: number | undefined

  private constructor(
    private readonly ask: (question: Question) => Promise<Report>,
    readonly endpoint: string,
  ) {}

  /**
   * @param use Called with a value that ends the process when it is closed.
   * @param env Environment of the process. Default: that of this process.
   */
  static async start(
    task: Task,
    use: (process: { close(): void }) => unknown,
    env?: NodeJS.ProcessEnv,
  ): Promise<MemoryProcess> {
    const child = fork(new URL("memory-host.ts", import.meta.url), [JSON.stringify(task)], {
      execArgv: ["--expose-gc", ...TYPESCRIPT],
      ...(env === undefined ? {} : { env }),
    })
    use({ close: () => child.kill() })
    const next = (): Promise<Report> =>
      new Promise((resolve, reject) => {
        const ended = (): void => {
          reject(new Error("The process has ended"))
        }
        child.once("exit", ended).once("message", (report) => {
          child.off("exit", ended)
          resolve(report as Report)
        })
      })
    const { endpoint } = await next()
    const host = new MemoryProcess((question) => {
      child.send(question)
      return next()
    }, endpoint!)
    host.#before = (await host.ask("memory")).memory!
    return host
  }

  /**
   * Memory in use compared with the start, in bytes. Resolves once the process reads no more data and `settled` returns
   * true.
   */
  async kept(settled = (_report: Report): boolean => true): Promise<{ bytes: number; report: Report }> {
    for (let last = NaN; ;) {
      const report = await this.ask("memory")
      const bytes = report.memory! - this.#before
      const still = Math.abs(bytes - last) < 64 * 1024 && report.bytesIn === this.#bytesIn
      if (still && settled(report)) return { bytes, report }
      last = bytes
      this.#bytesIn = report.bytesIn
    }
  }

  async receive(count: number): Promise<void> {
    await this.ask(count)
  }
}
