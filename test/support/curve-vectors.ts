import { readFileSync } from "node:fs"
import { hex } from "./cuts.js"

/** A session between fixed keys that libzmq takes part in on either side: see the file. */
const text = readFileSync(new URL("../vectors/curve.txt", import.meta.url), "utf8")

/** The bytes called `name`. */
export function vector(name: string): Buffer {
  const found = new RegExp(`^${name}: ([0-9a-f ]+)$`, "m").exec(text)
  if (found === null) throw new Error(`No vector ${name}`)
  return hex(found[1]!)
}
