import { invalidChoice, type Command, type OptionRule, type OptionTable } from "./command.js"
import { everyOption } from "./help.js"

/** The scripts by the names of their shells. */
const SHELLS: Readonly<Record<string, (commands: readonly Command[]) => string>> = { bash, zsh, fish }

/** @param commands All commands, this one included. */
export function completion(commands: () => readonly Command[]): Command {
  return {
    name: "completion",
    section: "Tools",
    summary: "Prints a script that completes commands and options in a shell.",
    usage: Object.keys(SHELLS).join("|"),
    words: Object.keys(SHELLS),
    options: {},
    examples: [
      { text: "bash: add this line to ~/.bashrc", command: 'eval "$(zmtp completion bash)"' },
      { text: "zsh: write it to a folder of $fpath", command: `zmtp completion zsh > "\${fpath[1]}/_zmtp"` },
      { text: "fish", command: "zmtp completion fish > ~/.config/fish/completions/zmtp.fish" },
    ],
    notes: ["It completes zmtp, which npm install --global zmtp installs, not npx zmtp."],
    run({ positionals }) {
      const [shell = "", ...more] = positionals
      if (more.length > 0 || !Object.hasOwn(SHELLS, shell)) {
        throw invalidChoice("shell", positionals, SHELLS)
      }
      process.stdout.write(SHELLS[shell]!(commands()))
      return Promise.resolve()
    },
  }
}

const GLOBAL = ["help", "--help", "--version"]

/** `-n` and `--count` */
function namesOf(name: string, { short }: OptionRule): string[] {
  return [...(short === undefined ? [] : [`-${short}`]), `--${name}`]
}

function bash(commands: readonly Command[]): string {
  const cases = commands.map((command) => {
    const options = Object.entries(everyOption(command))
    const ofType = (test: (rule: OptionRule) => boolean): string =>
      options.flatMap(([name, rule]) => (test(rule) ? namesOf(name, rule) : [])).join("|")
    const choices = options.flatMap(([name, rule]) =>
      rule.type === "choice"
        ? [`        ${namesOf(name, rule).join("|")}) _zmtp_words "${rule.choices.join(" ")}"; return ;;`]
        : [],
    )
    const files = ofType(({ type }) => type === "file")
    const values = ofType(({ type }) => type === "text" || type === "number")
    return [
      `    ${command.name})`,
      `      case "$prev" in`,
      ...choices,
      ...(files === "" ? [] : [`        ${files}) COMPREPLY=($(compgen -f -- "$cur")); return ;;`]),
      ...(values === "" ? [] : [`        ${values}) return ;;`]),
      "      esac",
      `      options="${options.map(([name]) => `--${name}`).join(" ")}"`,
      `      arguments="${(command.words ?? []).join(" ")}"`,
      "      ;;",
    ].join("\n")
  })
  const names = commands.map(({ name }) => name).join(" ")
  return `# bash completion for zmtp: eval "$(zmtp completion bash)"
_zmtp_words() {
  COMPREPLY=($(compgen -W "$1" -- "$cur"))
}
_zmtp() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} options= arguments=
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    _zmtp_words "${names} ${GLOBAL.join(" ")}"
    return
  fi
  case "\${COMP_WORDS[1]}" in
    help) arguments="${names}" ;;
${cases.join("\n")}
  esac
  if [[ $cur == -* ]]; then
    _zmtp_words "$options"
  elif ((COMP_CWORD == 2)); then
    _zmtp_words "$arguments"
  fi
}
complete -o filenames -F _zmtp zmtp
`
}

function zsh(commands: readonly Command[]): string {
  const cases = commands.map((command) => {
    const words = command.words === undefined ? "*:argument:" : `1:argument:(${command.words.join(" ")})`
    const specs = [...zshOptions(everyOption(command)), quoted(words)]
    return `    ${command.name})\n      _arguments -s \\\n${specs.map((spec) => `        ${spec}`).join(" \\\n")}\n      ;;`
  })
  const names = commands.map(({ name }) => name).join(" ")
  return `#compdef zmtp
# zsh completion for zmtp: zmtp completion zsh > "\${fpath[1]}/_zmtp"
_zmtp() {
  local -a commands
  commands=(
${commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`).join("\n")}
    'help:Shows the help of a command.'
  )
  if ((CURRENT == 2)); then
    _describe -t commands command commands
    return
  fi
  ((CURRENT--))
  shift words
  case $words[1] in
    help)
      _arguments '1:command:(${names})'
      ;;
${cases.join("\n")}
  esac
}
if [[ $funcstack[1] == _zmtp ]]; then
  _zmtp "$@"
else
  compdef _zmtp zmtp
fi
`
}

function zshOptions(options: OptionTable): string[] {
  return Object.entries(options).flatMap(([name, rule]) => {
    const description = `[${rule.help.replace(/[[\]\\:]/g, "\\$&")}]`
    const value = rule.type === "flag" ? "" : `:${rule.value}:${zshAction(rule)}`
    const many = rule.type !== "flag" && rule.multiple === true ? "*" : ""
    return namesOf(name, rule).map((option) => quoted(`${many}${option}${description}${value}`))
  })
}

function zshAction(rule: OptionRule): string {
  if (rule.type === "choice") return `(${rule.choices.join(" ")})`
  return rule.type === "file" ? "_files" : ""
}

function fish(commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name).join(" ")
  return [
    "# fish completion for zmtp: zmtp completion fish > ~/.config/fish/completions/zmtp.fish",
    "complete -c zmtp -f",
    ...commands.map(
      ({ name, summary }) => `complete -c zmtp -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
    ),
    "complete -c zmtp -n __fish_use_subcommand -a help -d 'Shows the help of a command.'",
    "complete -c zmtp -n __fish_use_subcommand -l version -d 'print the version'",
    "complete -c zmtp -n __fish_use_subcommand -l help -d 'list the commands'",
    `complete -c zmtp -n '__fish_seen_subcommand_from help' -a '${names}'`,
    ...commands.flatMap((command) => {
      const start = `complete -c zmtp -n '__fish_seen_subcommand_from ${command.name}'`
      return [
        ...(command.words === undefined ? [] : [`${start} -a '${command.words.join(" ")}'`]),
        ...Object.entries(everyOption(command)).map(([name, rule]) => {
          const short = rule.short === undefined ? "" : ` -s ${rule.short}`
          return `${start}${short} -l ${name}${fishValue(rule)} -d ${quoted(rule.help)}`
        }),
      ]
    }),
    "",
  ].join("\n")
}

function fishValue(rule: OptionRule): string {
  switch (rule.type) {
    case "flag":
      return ""
    case "choice":
      return ` -x -a '${rule.choices.join(" ")}'`
    case "file":
      return " -r -F"
    default:
      return " -x"
  }
}

/** Single quotes mean the same in all three shells. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
