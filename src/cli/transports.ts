import { createRequire } from "node:module"
import { join } from "node:path"
import { context } from "../index.js"
import { UsageError, type Given, type OptionTable } from "./command.js"

export const TRANSPORT: OptionTable = {
  transport: {
    type: "file",
    multiple: true,
    value: "MODULE",
    help: "use the transports that a module exports by scheme: export default { ssh }",
  },
}

/** Enables the transports of the given modules. @throws UsageError */
export function useTransports(given: Given): void {
  const modules = given.list("transport")
  if (modules.length === 0) return
  const require = createRequire(join(process.cwd(), "zmtp"))
  const found: Record<string, object> = {}
  for (const name of modules) {
    let loaded: unknown
    try {
      loaded = require(name)
    } catch (error) {
      throw new UsageError(`--transport ${name}: ${(error as Error).message}`)
    }
    const { default: exported = loaded } = (loaded ?? {}) as { default?: unknown }
    if (typeof exported !== "object" || exported === null) {
      throw new UsageError(`--transport ${name}: expected the default export to be an object, such as { ssh }`)
    }
    Object.assign(found, exported)
  }
  try {
    context.transports = found
  } catch (error) {
    throw new UsageError(`--transport ${modules.join(", ")}: ${(error as Error).message}`)
  }
}
