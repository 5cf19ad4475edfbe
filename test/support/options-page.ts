import { format, resolveConfig } from "prettier"
import { fileURLToPath } from "node:url"
import "../../src/sockets/draft-sockets.js"
import "../../src/index.js"
import { registeredType } from "../../src/sockets/type-registry.js"
import { OPTION_NAMES, TABLE, type OptionName } from "../../src/sockets/options/settings.js"
import { SOCKET_TYPE_NAMES } from "../../src/zmtp/socket-types.js"
import { optionDocs } from "./option-docs.js"

const HEADING = `# Socket options

Set options in the constructor or as properties: \`new Dealer({ linger: 0 })\`, \`dealer.linger = 0\`. A value of the wrong type
is a TypeError, and a value out of range an error with the code \`EINVAL\`.

Options that take effect at the next bind or connect apply to endpoints bound or connected afterward; setting one on a
socket that already has an endpoint causes a process warning. Options that only say "stored" have no effect:
[Options without effect](semantics.md#options-without-effect). Those without a check
mark under "Browser" are \`ENOTSUP\` in browsers.

`

function classOf(type: string): string {
  return registeredType(SOCKET_TYPE_NAMES.findIndex((name) => name === type))!.class().prototype.constructor.name
}

/** Larger limits come from the type, and are not shown. */
const LARGE = 2 ** 31 - 1

/** The text of docs/options.md, generated from the table. */
export async function optionsPage(): Promise<string> {
  const docs = optionDocs()
  const rows = [...OPTION_NAMES].sort((a, b) => a.localeCompare(b, "en")).map((name) => rowOf(name, docs.get(name)!))
  const columns = ["Option", "libzmq", "Type", "Range", "Default", "Sockets", "Takes effect", "Browser", "Description"]
  const table = [columns, columns.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n")
  const path = fileURLToPath(new URL("../../docs/options.md", import.meta.url))
  return format(HEADING + table, { ...(await resolveConfig(path)), filepath: path })
}

function rowOf(name: OptionName, { text, type }: { text: string; type: string }): string[] {
  const { id, range, requires, writeOnly } = TABLE[name]
  const [description, constant] = partsOf(text)
  return [
    `\`${name}\``,
    constant === undefined ? "" : `\`${constant}\` (${id})`,
    `\`${type.replaceAll("|", "\\|")}\`${writeOnly === true ? ", cannot be read" : ""}`,
    range === undefined ? "" : rangeOf(range, type),
    defaultOf(name),
    socketsOf(name),
    effectOf(name),
    requires === undefined ? "✓" : "",
    description,
  ]
}

/** Splits a comment into its description and the constant of libzmq at its end. */
function partsOf(text: string): [description: string, constant: string | undefined] {
  const match = /^(.*?) Default: .*?(?:\((ZMQ_\w+)\)\.|Not in libzmq\.)$/.exec(text)
  if (match === null) throw new Error(`"${text}" does not end with its default and its constant`)
  return [match[1]!, match[2]]
}

function rangeOf([min, max]: readonly [number, number], type: string): string {
  const unit = type.startsWith("string") ? " bytes" : ""
  if (max < LARGE) return `${printed(min)} to ${printed(max)}${unit}`
  if (min <= -LARGE || (unit !== "" && min === 0)) return ""
  return unit === "" ? `${printed(min)} or more` : `${printed(min)} byte or more`
}

function defaultOf(name: OptionName): string {
  const { initial, initialFor = {} } = TABLE[name]
  const others = Object.entries(initialFor).map(([type, value]) => `${printed(value)} for ${classOf(type)}`)
  return [printed(initial), ...others].join("; ")
}

/** An initial value as an application would write it. A value that is not set is `null`. */
export function printed(initial: unknown): string {
  if (typeof initial === "number") return initial.toLocaleString("en")
  if (typeof initial === "object" && initial !== null && "length" in initial && initial.length === 0) return "null"
  return String(initial)
}

function socketsOf(name: OptionName): string {
  const { sockets = "all" } = TABLE[name]
  if (sockets === "senders") return "all that send"
  if (sockets === "receivers") return "all that receive"
  if (typeof sockets === "string") return sockets
  return sockets.map((type) => classOf(type)).join(", ")
}

function effectOf(name: OptionName): string {
  const { takesEffect = "at-next-endpoint" } = TABLE[name]
  if (takesEffect === "never") return "never: stored"
  return takesEffect === "immediately" ? "immediately" : "at the next bind or connect"
}
