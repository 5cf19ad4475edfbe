// A module loader that adds all mutations to the sources to be mutated, each behind a switch.
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { transform } from "esbuild"
import { mutate } from "./mutate.mjs"

/** Number of the first mutation of each file, by URL. */
let starts = {}

export function initialize(data) {
  starts = data
}

export async function load(url, context, next) {
  const from = starts[url.split("?")[0]]
  if (from === undefined) return next(url, context)
  const path = fileURLToPath(url.split("?")[0])
  const { text } = mutate(path, readFileSync(path, "utf8"), from)
  const { code } = await transform(text, { loader: "ts", format: "esm", target: "es2022", sourcefile: path })
  return { format: "module", source: code, shortCircuit: true }
}
