import { EXIT_CODES, optionsOf, type Command, type OptionRule, type OptionTable } from "./command.js"

/** `zmtp COMMAND --help`. */
export function helpOf(command: Command): string {
  const { name, summary, usage, notes = [], examples } = command
  const groups = optionGroups(command)
  const width = Math.max(
    ...groups.flatMap(({ options }) => Object.entries(options).map(([n, r]) => label(n, r).length)),
  )
  return [
    `Usage: zmtp ${name} ${usage}`.trimEnd(),
    "",
    summary,
    "",
    "Examples:",
    ...examples.flatMap(({ text, command }) => [`  # ${text}`, ...command.split("\n").map((line) => `  ${line}`)]),
    ...groups.flatMap(({ title, options }) => [
      "",
      `${title}:`,
      ...Object.entries(options).map(([option, rule]) => `  ${label(option, rule).padEnd(width)}  ${rule.help}`),
    ]),
    ...notes.flatMap((note) => ["", note]),
    "",
    "Exit codes:",
    ...Object.entries(exitCodesOf(command)).map(([code, meaning]) => `  ${code}  ${meaning}`),
    "",
  ].join("\n")
}

/** `zmtp --help`. */
export function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length))
  return [
    "Usage: zmtp COMMAND [OPTION …] [ARGUMENT …]",
    "",
    "ZeroMQ from the command line: send, receive, measure, and see what is on the wire.",
    ...sectionsOf(commands).flatMap(([section, members]) => [
      "",
      `${section}:`,
      ...members.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    ]),
    "",
    "Examples:",
    ...OVERVIEW_EXAMPLES.flatMap(({ text, command }) => [`  # ${text}`, `  ${command}`]),
    "",
    "Exit codes:",
    ...Object.entries(EXIT_CODES).map(([code, meaning]) => `  ${code}  ${meaning}`),
    "",
    "zmtp COMMAND --help lists the options of a command and shows examples.",
    "",
  ].join("\n")
}

export const OVERVIEW_EXAMPLES = [
  {
    text: "Print what is published about the weather",
    command: "zmtp sub --connect tcp://127.0.0.1:5556 --topic weather.",
  },
  { text: "Send a line", command: "date | zmtp push --connect tcp://127.0.0.1:5557" },
  {
    text: "Send a request and print its reply",
    command: 'zmtp req --connect tcp://127.0.0.1:5555 --timeout 2000 "4 + 5"',
  },
] as const

/** The commands of each section, in order. */
export function sectionsOf(commands: readonly Command[]): readonly [section: string, members: readonly Command[]][] {
  return [...new Set(commands.map(({ section }) => section))].map((section) => [
    section,
    commands.filter((command) => command.section === section),
  ])
}

export function exitCodesOf({ exitCodes = {} }: Command): Readonly<Record<number, string>> {
  return { ...EXIT_CODES, ...exitCodes }
}

/** The options by heading: first those of the command itself, last `--help`. */
export function optionGroups(command: Command): readonly { readonly title: string; readonly options: OptionTable }[] {
  const own: OptionTable = { ...command.options, help: HELP }
  const { groups = [] } = command
  return [
    { title: "Options", options: own },
    ...groups.map(({ title, options }) => ({
      title,
      options: Object.fromEntries(Object.entries(options).filter(([name]) => !(name in own))),
    })),
  ]
}

/** Common to all commands. `main` handles it before it parses the command line. */
export const HELP: OptionRule = { type: "flag", short: "h", help: "show this text" }

/** `-n, --count N` */
export function label(name: string, rule: OptionRule): string {
  const value = rule.type === "flag" ? "" : ` ${rule.value}`
  return `${rule.short === undefined ? "" : `-${rule.short}, `}--${name}${value}`
}

/** All options of a command with `--help`, by name. */
export function everyOption(command: Command): OptionTable {
  return { ...optionsOf(command), help: HELP }
}
