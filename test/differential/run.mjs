// Runs the scenarios of one program, in order, with one library, and prints one line of JSON per observation. `run.mjs
// LIBRARY PROGRAM [SCENARIO|SCENARIO…]`
import { writeSync } from "node:fs"
import { player } from "./play.mjs"

const [, , library, program, chosen] = process.argv

const loaded = await import(library)
// Whether a CommonJS build has named exports depends on the build, so use the default export.
const zmq = library.endsWith(".cjs") || loaded.Dealer === undefined ? loaded.default : loaded
const { default: scenarios } = await import(program)

const warnings = []
const write = (line) => writeSync(1, `${JSON.stringify(line)}\n`)
const { play, uncaught, unhandled } = player({ zmq, scenarios, write, warnings, chosen: chosen?.split("|") })
process.on("warning", ({ message }) => warnings.push(message))
process.on("uncaughtException", uncaught)
process.on("unhandledRejection", unhandled)
await play()
