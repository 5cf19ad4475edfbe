import { EXIT_CODES, UsageError, type Command, type OptionGroup, type OptionTable } from "./command.js"
import { HELP, label, OVERVIEW_EXAMPLES, sectionsOf } from "./help.js"

/** @param commands All commands, this one included. */
export function man(commands: () => readonly Command[]): Command {
  return {
    name: "man",
    section: "Tools",
    summary: "Prints the manual page.",
    usage: "",
    options: {},
    examples: [{ text: "Read it", command: "zmtp man > zmtp.1; man ./zmtp.1" }],
    run({ positionals }) {
      if (positionals.length > 0) throw new UsageError(`Unexpected argument '${positionals[0]!}'`)
      process.stdout.write(manualPage(commands()))
      return Promise.resolve()
    },
  }
}

/** The manual page of zmtp(1) in roff, with the macros of man(7). */
export function manualPage(commands: readonly Command[]): string {
  const groups = [...new Set(commands.flatMap(({ groups = [] }) => groups))]
  const everyNote = commands.flatMap(({ notes = [] }) => notes)
  const shared = [...new Set(everyNote.filter((note, index) => everyNote.indexOf(note) !== index))]
  return [
    ".TH ZMTP 1",
    ".SH NAME",
    "zmtp \\- ZeroMQ from the command line",
    ".SH SYNOPSIS",
    ".B zmtp",
    text("COMMAND [OPTION …] [ARGUMENT …]"),
    ".SH DESCRIPTION",
    text(
      "Sends and receives messages, measures, and shows what is on the wire. zmtp COMMAND --help shows the help of one command.",
    ),
    ...sectionsOf(commands).flatMap(([section, members]) => [
      `.SH ${section.toUpperCase()}`,
      ...members.flatMap((command) => commandText(command, shared)),
    ]),
    ".SH SHARED OPTIONS",
    ...groups.flatMap(({ title, options }) => [`.SS ${text(title)}`, ...optionTexts(options)]),
    ".SH NOTES",
    ...shared.flatMap(paragraph),
    ".SH EXIT STATUS",
    ...exitTexts(EXIT_CODES),
    ".SH EXAMPLES",
    ...OVERVIEW_EXAMPLES.flatMap(exampleText),
    "",
  ].join("\n")
}

function commandText(command: Command, shared: readonly string[]): string[] {
  const { name, usage, summary, options, groups = [], notes = [], examples, exitCodes } = command
  return [
    `.SS ${text(`zmtp ${name} ${usage}`.trimEnd())}`,
    text(summary),
    ...optionTexts({ ...options, help: HELP }),
    ...(groups.length === 0 ? [] : [".PP", text(`Shared options: ${groups.map(titleOf).join(", ")}.`)]),
    ...notes.filter((note) => !shared.includes(note)).flatMap(paragraph),
    ...(exitCodes === undefined ? [] : [".PP", text("Exit codes that differ:"), ...exitTexts(exitCodes)]),
    ...examples.flatMap(exampleText),
  ]
}

function titleOf({ title }: OptionGroup): string {
  return title
}

function optionTexts(options: OptionTable): string[] {
  return Object.entries(options).flatMap(([name, rule]) => [".TP", `.B ${text(label(name, rule))}`, text(rule.help)])
}

function exitTexts(codes: Readonly<Record<number, string>>): string[] {
  return Object.entries(codes).flatMap(([code, meaning]) => [".TP", `.B ${code}`, text(meaning)])
}

function exampleText({ text: title, command }: { readonly text: string; readonly command: string }): string[] {
  return [".PP", text(`${title}:`), ".PP", ".EX", ...command.split("\n").map((line) => text(`    ${line}`)), ".EE"]
}

/** Keeps line breaks, because many lines are columns. */
function paragraph(note: string): string[] {
  return [".PP", ".nf", ...note.split("\n").map(text), ".fi"]
}

/** Escapes a line so that roff prints it verbatim. */
function text(line: string): string {
  return line.replaceAll("\\", "\\e").replaceAll("-", "\\-").replace(/^[.']/, "\\&$&")
}
