// Loads what is to be changed with all changes behind their switches; everything else as usual.
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { transform } from "esbuild"
import { mutate } from "./mutate.mjs"

/** Number of the first change of each file, by its URL. */
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
