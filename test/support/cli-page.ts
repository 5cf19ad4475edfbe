import { readFile } from "node:fs/promises"
import { format, resolveConfig } from "prettier"
import { fileURLToPath } from "node:url"
import { EXIT_CODES, type Command, type OptionTable } from "../../src/cli/command.js"
import { COMMANDS } from "../../src/cli/commands.js"
import { FORMATS } from "../../src/cli/format.js"
import { exitCodesOf, label, sectionsOf } from "../../src/cli/help.js"
import { TOKENS } from "../../src/cli/template.js"

const path = fileURLToPath(new URL("../../docs/cli.md", import.meta.url))

/** The sections of the page that describe a single command. */
const SECTIONS = {
  ...Object.fromEntries(["proxy", "monitor", "probe", "perf", "dump"].map((n) => [n, n])),
  keygen: "keys",
}

/** The tables of the page, by the names in its `<!-- table: NAME -->` comments. */
const TABLES: Readonly<Record<string, () => string>> = {
  commands: () =>
    sectionsOf(COMMANDS)
      .map(([section, members]) => table([section, "What it does"], members.map(rowOf)))
      .join("\n\n"),
  formats: () =>
    table(
      ["Format", "Line"],
      Object.entries(FORMATS).map(([name, meaning]) => [code(name), cell(meaning)]),
    ),
  tokens: () =>
    table(
      ["In a template", "Printed"],
      TOKENS.map(([token, meaning]) => [code(token), cell(meaning)]),
    ),
  "exit-codes": () => codes(EXIT_CODES),
  "probe-exit-codes": () => codes(exitCodesOf(COMMANDS.find(({ name }) => name === "probe")!)),
  "shared-options": () =>
    [...new Set(COMMANDS.flatMap(({ groups = [] }) => groups))]
      .map(({ title, options }) => `### ${title}\n\n${table(["Option", "Meaning"], optionRows(options))}`)
      .join("\n\n"),
  "own-options": () => table(["Commands", "Option", "Meaning"], ownOptions()),
}

function rowOf({ name, summary }: Command): string[] {
  const anchor = (SECTIONS as Record<string, string>)[name]
  return [anchor === undefined ? code(name) : `[${code(name)}](#${anchor})`, cell(summary)]
}

/** Commands with the same options share their rows. */
function ownOptions(): string[][] {
  const commands = new Map<string, string[]>()
  const rows = new Map<string, string[][]>()
  for (const { name, options } of COMMANDS) {
    const key = JSON.stringify(options)
    commands.set(key, [...(commands.get(key) ?? []), code(name)])
    rows.set(key, optionRows(options))
  }
  return [...rows].flatMap(([key, of]) =>
    of.map((row, index) => [index === 0 ? commands.get(key)!.join(", ") : "", ...row]),
  )
}

function optionRows(options: OptionTable): string[][] {
  return Object.entries(options).map(([name, rule]) => [code(label(name, rule)), cell(rule.help)])
}

function codes(meanings: Readonly<Record<number, string>>): string {
  return table(
    ["Exit code", "Meaning"],
    Object.entries(meanings).map(([exitCode, meaning]) => [exitCode, cell(meaning)]),
  )
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  return [columns, columns.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n")
}

function code(text: string): string {
  return `\`${text.replaceAll("|", "\\|")}\``
}

/** Formats options, endpoints, and other literal input as code. */
function cell(text: string): string {
  return text
    .replace(", see below", "")
    .replaceAll("|", "\\|")
    .replace(
      /(?<![`\w])(--?[a-z][a-z-]*|%\d|[a-z]+:\/\/\S*[\w/]|\\[nx]\w*|\["topic", value\]|export default .*)(?![`\w])/g,
      "`$1`",
    )
}

/** The text of docs/cli.md with tables generated from the commands. */
export async function cliPage(): Promise<string> {
  const page = await readFile(path, "utf8")
  const written = page.replace(
    /(<!-- table: ([\w-]+) -->\n)[^]*?(<!-- end of table -->)/g,
    (_, begin: string, name: string, end: string) => {
      if (!Object.hasOwn(TABLES, name))
        throw new Error(`docs/cli.md has a place for a table "${name}", which does not exist`)
      return `${begin}\n${TABLES[name]!()}\n${end}`
    },
  )
  for (const name of Object.keys(TABLES)) {
    if (!page.includes(`<!-- table: ${name} -->`)) throw new Error(`docs/cli.md has no place for the table "${name}"`)
  }
  return format(written, { ...(await resolveConfig(path)), filepath: path })
}
