import { parse, type Command, type Given, type OptionGroup } from "../../src/cli/command.js"

/** A command line as a command with the options of `groups` receives it. */
export function givenFor(
  groups: readonly OptionGroup[],
  args: readonly string[] = [],
  signal: AbortSignal = new AbortController().signal,
): Given {
  const command: Command = {
    name: "test",
    summary: "",
    section: "Tools",
    usage: "",
    options: {},
    groups,
    examples: [{ text: "", command: "" }],
    run: () => Promise.resolve(),
  }
  return parse(command, args, signal)
}
