// The options of scripts and benchmarks: `--help` prints the usage, and invalid arguments end the process with exit code 2.
import { parseArgs } from "node:util"

/** The type that `parseArgs` knows. */
const parsedType = ({ type }) => (type === "boolean" ? "boolean" : "string")

const HELP = { type: "boolean", description: "print this text" }

/**
 * Reads the options of the process. See options.d.mts for the types.
 * @param {string} command How to call the script: the first line of its usage.
 * @param {Record<string, any>} definitions
 */
export function readOptions(command, definitions) {
  const all = { ...definitions, help: HELP }
  const usage = () => `Usage: ${command}\n\nOptions:\n${describe(all)}`
  const options = Object.fromEntries(
    Object.entries(all).map(([name, { multiple = false, ...each }]) => [name, { type: parsedType(each), multiple }]),
  )
  const values = {}
  try {
    const parsed = parseArgs({ options }).values
    if (parsed.help) {
      console.log(usage())
      process.exit(0)
    }
    for (const [name, definition] of Object.entries(definitions)) {
      values[name] = valueOf(name, definition, parsed[name])
    }
  } catch (error) {
    rejectUsage(`${firstSentence(error.message)}\n\n${usage()}`)
  }
  return values
}

/** Ends the process because of invalid arguments. */
export function rejectUsage(reason) {
  console.error(reason)
  process.exit(2)
}

/** Advice about arguments that begin with a hyphen follows it. */
function firstSentence(message) {
  return message.split(/(?<=['"])\. /)[0]
}

function valueOf(name, definition, given) {
  const { type, multiple, choices } = definition
  if (given === undefined) return definition.default ?? (multiple ? [] : type === "boolean" ? false : undefined)
  if (type === "number" || type === "integer") return numberOf(name, definition, given)
  const unknown = choices === undefined ? undefined : [given].flat().find((each) => !choices.includes(each))
  if (unknown !== undefined) throw new Error(`Invalid --${name} "${unknown}": expected one of ${choices.join(", ")}`)
  return given
}

function numberOf(name, { type, least = 0, above = -Infinity }, given) {
  const value = Number(given)
  const valid = type === "integer" ? Number.isSafeInteger(value) : Number.isFinite(value)
  if (given.trim() !== "" && valid && value >= least && value > above) return value
  const range = above === -Infinity ? `of at least ${least}` : `above ${above}`
  throw new Error(`Invalid --${name} "${given}": expected ${type === "integer" ? "an integer" : "a number"} ${range}`)
}

function describe(definitions) {
  const rows = Object.entries(definitions).map(([name, definition]) => {
    const { type, value = "N", multiple, choices, description } = definition
    const argument = type === "boolean" ? "" : ` ${value}`
    const notes = [
      ...(multiple ? ["may be repeated"] : []),
      ...(choices === undefined ? [] : [`one of ${choices.join(", ")}`]),
      ...((definition.default ?? "") === "" ? [] : [`default: ${definition.default}`]),
    ]
    return [`--${name}${argument}`, notes.length === 0 ? description : `${description} (${notes.join("; ")})`]
  })
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n")
}
