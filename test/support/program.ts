import { spawn, type ChildProcessByStdio } from "node:child_process"
import { once } from "node:events"
import type { Readable, Writable } from "node:stream"

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A program in its own process, with its output so far. */
export class Program {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>
  #stdout = Buffer.alloc(0)
  #stderr = ""
  readonly #closed: Promise<unknown>

  constructor(command: string, args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}) {
    this.child = spawn(command, args, { ...options, stdio: "pipe" })
    this.child.stdout.on("data", (chunk: Buffer) => (this.#stdout = Buffer.concat([this.#stdout, chunk])))
    this.child.stderr.on("data", (chunk: Buffer) => (this.#stderr += chunk.toString()))
    // The program may exit before it has read all input.
    this.child.stdin.on("error", () => undefined)
    this.#closed = once(this.child, "close")
  }

  /** Its output on stdout so far. */
  get output(): Buffer {
    return this.#stdout
  }

  /** Resolves when its output on stderr, or on stdout, matches. */
  async says(pattern: RegExp, where: "stderr" | "stdout" = "stderr"): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(where === "stderr" ? this.#stderr : this.#stdout.toString())
      if (match !== null) return match
      const over = await Promise.race([
        once(this.child[where], "data").then(() => false),
        this.#closed.then(() => true),
      ])
      if (over && pattern.exec(where === "stderr" ? this.#stderr : this.#stdout.toString()) === null) {
        throw new Error(`It ended with ${String(this.child.exitCode)} and never said so: ${this.#stderr}`)
      }
    }
  }

  async end(): Promise<Outcome> {
    await this.#closed
    return { code: this.child.exitCode, stdout: this.#stdout.toString(), stderr: this.#stderr }
  }

  signal(signal: NodeJS.Signals): void {
    // After `child.kill`, Deno always reports that the signal has terminated the process, even if it has exited by itself.
    process.kill(this.child.pid!, signal)
  }

  interrupt(): void {
    this.signal("SIGINT")
  }

  async close(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill("SIGKILL")
    await this.#closed
  }
}
