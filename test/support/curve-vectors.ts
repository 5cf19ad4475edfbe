import { readFileSync } from "node:fs"
import { hex } from "./cuts.js"

/** Sessions with libzmq and fixed keys; the comments in the file describe them. */
const text = readFileSync(new URL("../vectors/curve.txt", import.meta.url), "utf8")

/** The bytes with the name `name`. */
export function vector(name: string): Buffer {
  const found = new RegExp(`^${name}: ([0-9a-f ]+)$`, "m").exec(text)
  if (found === null) throw new Error(`No vector ${name}`)
  return hex(found[1]!)
}
