import { createRequire } from "node:module"
import { join } from "node:path"
import { format, inspect } from "node:util"
import vm from "node:vm"

/** What code can do beside computing. */
export interface Terminal {
  readonly print: (stream: "stdout" | "stderr", text: string) => void
  readonly input: (prompt: string, password: boolean) => Promise<string>
}

/** Whether a cell can be run as it is. */
export type Completeness = "complete" | "incomplete" | "invalid"

/** Runs JavaScript, cell after cell, in a realm of its own that keeps what they declare. */
export class Evaluator {
  readonly #realm: vm.Context

  constructor({ print, input }: Terminal) {
    const out = (...values: unknown[]): void => print("stdout", `${format(...values)}\n`)
    const err = (...values: unknown[]): void => print("stderr", `${format(...values)}\n`)
    this.#realm = vm.createContext({
      console: { log: out, info: out, debug: out, warn: err, error: err },
      input: (prompt: unknown = "") => input(String(prompt), false),
      password: (prompt: unknown = "") => input(String(prompt), true),
      require: createRequire(join(process.cwd(), "cell.js")),
      ...{
        Buffer,
        URL,
        URLSearchParams,
        TextEncoder,
        TextDecoder,
        AbortController,
        fetch,
        performance,
        structuredClone,
      },
      ...{ setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate, queueMicrotask },
    })
  }

  /** The value of the last expression; that of a promise is awaited. SIGINT ends code that computes, `signal` waiting. */
  async run(code: string, name: string, signal: AbortSignal): Promise<unknown> {
    const value: unknown = vm.runInContext(code, this.#realm, { filename: name, breakOnSigint: true })
    if (!isThenable(value)) return value
    return await Promise.race([
      value,
      new Promise<never>((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true })
      }),
    ])
  }

  check(code: string): Completeness {
    try {
      new vm.Script(code)
      return "complete"
    } catch (error) {
      return /end of (input|script)|EOF|Unterminated template|missing \)/.test((error as Error).message)
        ? "incomplete"
        : "invalid"
    }
  }

  /** Names that could stand where `code` ends, and how much of it they replace. */
  complete(code: string): { readonly matches: string[]; readonly start: number } {
    const [, path = "", prefix] = /([\w$.]*\.)?([\w$]*)$/.exec(code)!
    const owner = path === "" ? "globalThis" : path.slice(0, -1)
    const names = new Set<string>()
    for (let object = this.#look(owner); object !== null; object = Object.getPrototypeOf(object) as object | null) {
      for (const name of Object.getOwnPropertyNames(object)) if (name.startsWith(prefix!)) names.add(name)
    }
    return { matches: [...names].sort(), start: code.length - prefix!.length }
  }

  /** What a path of names leads to, without running getters of those at the end. */
  #look(path: string): object | null {
    try {
      const value: unknown = vm.runInContext(path, this.#realm, { timeout: 100 })
      return value === undefined || value === null ? null : (Object(value) as object)
    } catch {
      return null
    }
  }
}

export function show(value: unknown): string {
  return inspect(value, { depth: 4, maxArrayLength: 100 })
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === "function"
}
