import { createRequire } from "node:module"
import { join } from "node:path"
import { format, inspect } from "node:util"
import vm from "node:vm"

/** Runs JavaScript cells in a separate realm that keeps their declarations. */
export class Evaluator {
  #realm

  constructor({ print, input }) {
    const out = (...values) => print("stdout", `${format(...values)}\n`)
    const err = (...values) => print("stderr", `${format(...values)}\n`)
    this.#realm = vm.createContext({
      console: { log: out, info: out, debug: out, warn: err, error: err },
      input: (prompt = "") => input(String(prompt), false),
      password: (prompt = "") => input(String(prompt), true),
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

  /**
   * Returns the value of the last expression, and awaits it if it is a promise. SIGINT interrupts code that computes;
   * `signal` interrupts waiting.
   */
  async run(code, name, signal) {
    const value = vm.runInContext(code, this.#realm, { filename: name, breakOnSigint: true })
    if (!isThenable(value)) return value
    return await Promise.race([
      value,
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason), { once: true })
      }),
    ])
  }

  check(code) {
    try {
      new vm.Script(code)
      return "complete"
    } catch (error) {
      return /end of (input|script)|EOF|Unterminated template|missing \)/.test(error.message) ? "incomplete" : "invalid"
    }
  }

  /** Completions for the end of `code`, and the range that they replace. */
  complete(code) {
    const [, path = "", prefix] = /([\w$.]*\.)?([\w$]*)$/.exec(code)
    const owner = path === "" ? "globalThis" : path.slice(0, -1)
    const names = new Set()
    for (let object = this.#look(owner); object !== null; object = Object.getPrototypeOf(object)) {
      for (const name of Object.getOwnPropertyNames(object)) if (name.startsWith(prefix)) names.add(name)
    }
    return { matches: [...names].sort(), start: code.length - prefix.length }
  }

  /** Resolves a path of names without running the getter of the last one. */
  #look(path) {
    try {
      const value = vm.runInContext(path, this.#realm, { timeout: 100 })
      return value === undefined || value === null ? null : Object(value)
    } catch {
      return null
    }
  }
}

export function show(value) {
  return inspect(value, { depth: 4, maxArrayLength: 100 })
}

function isThenable(value) {
  return typeof value?.then === "function"
}
