import { parseArgs } from "node:util"

interface OptionBase {
  readonly short?: string
  /** One line for the help, the manual page, and docs/cli.md. */
  readonly help: string
}

/** An option that takes a value. */
interface ValueOption extends OptionBase {
  /** Placeholder for the value in the help. */
  readonly value: string
  readonly multiple?: true
}

/** An option: `parse` checks its value, and help, completion, and the manual page show it. */
export type OptionRule =
  | (OptionBase & { readonly type: "flag" })
  | (ValueOption & { readonly type: "text" | "file" })
  | (ValueOption & { readonly type: "number"; readonly min?: number })
  | (ValueOption & { readonly type: "choice"; readonly choices: readonly string[] })

export type OptionTable = Readonly<Record<string, OptionRule>>

/** Options that several commands share, with a common heading. */
export interface OptionGroup {
  readonly title: string
  readonly options: OptionTable
}

export interface Example {
  /** Describes what the command does, without a period. */
  readonly text: string
  readonly command: string
}

/** A subcommand of `zmtp`. */
export interface Command {
  readonly name: string
  readonly summary: string
  /** Heading in the list of commands. */
  readonly section: "Sockets" | "Draft sockets" | "Tools"
  /** Arguments that may follow the name, besides options. */
  readonly usage: string
  /** Valid values of the first argument. */
  readonly words?: readonly string[]
  /** Its own options. They replace options of a group with the same name. */
  readonly options: OptionTable
  readonly groups?: readonly OptionGroup[]
  readonly examples: readonly [Example, ...Example[]]
  /** Additional paragraphs of the help. */
  readonly notes?: readonly string[]
  /** Exit codes that differ from those of all commands. */
  readonly exitCodes?: Readonly<Record<number, string>>
  /** Resolves to the exit code if that is a number, which is 0 otherwise. */
  run(given: Given): Promise<unknown>
}

/** Meaning of the exit codes, unless the command defines its own. */
export const EXIT_CODES: Readonly<Record<number, string>> = {
  0: "done, interrupted (Ctrl-C, SIGTERM), or the reader of the output has closed it",
  1: "something failed, or messages were not delivered; stderr explains why",
  2: "incorrect usage; stderr explains what is valid",
}

/** An invalid command line: exit code 2. */
export class UsageError extends Error {}

/** The error for words that should have been one of the names of `choices`. @param what What they name. */
export function invalidChoice(what: string, words: readonly string[], choices: object): UsageError {
  const names = new Intl.ListFormat("en", { type: "disjunction" }).format(Object.keys(choices))
  return new UsageError(`Invalid ${what} '${words.join(" ")}': expected ${names}`)
}

/** All options of a command, its own and those of its groups. */
export function optionsOf({ options, groups = [] }: Command): OptionTable {
  return Object.assign({}, ...groups.map((group) => group.options), options) as OptionTable
}

/** The parsed command line, and the signal to stop. */
export class Given {
  readonly #values: ReadonlyMap<string, readonly string[]>

  constructor(
    values: ReadonlyMap<string, readonly string[]>,
    readonly positionals: readonly string[],
    readonly signal: AbortSignal,
  ) {
    this.#values = values
  }

  /** Returns the same command line with a signal that also aborts when `signal` does. */
  until(signal: AbortSignal): Given {
    return new Given(this.#values, this.positionals, AbortSignal.any([this.signal, signal]))
  }

  flag(name: string): boolean {
    return this.#values.has(name)
  }

  text(name: string): string | undefined {
    return this.#values.get(name)?.at(-1)
  }

  list(name: string): readonly string[] {
    return this.#values.get(name) ?? []
  }

  number(name: string): number | undefined {
    const value = this.text(name)
    return value === undefined ? undefined : Number(value)
  }

  /** The value of an option, which is one of `words`. */
  choice<W extends string>(name: string, words: readonly W[]): W | undefined {
    const value = this.text(name)
    return words.find((word) => word === value)
  }
}

/** @throws UsageError */
export function parse(command: Command, argv: readonly string[], signal: AbortSignal): Given {
  const rules = optionsOf(command)
  const options = Object.fromEntries(
    Object.entries(rules).map(([name, { type, short }]) => [
      name,
      { type: type === "flag" ? ("boolean" as const) : ("string" as const), ...(short === undefined ? {} : { short }) },
    ]),
  )
  // Not strict, because the errors are our own.
  const { tokens } = parseArgs({ args: [...argv], options, allowPositionals: true, strict: false, tokens: true })
  const values = new Map<string, string[]>()
  const positionals: string[] = []
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value)
    if (token.kind !== "option") continue
    const rule = Object.hasOwn(rules, token.name) ? rules[token.name]! : undefined
    if (rule === undefined) throw unknownOption(token.rawName, Object.keys(rules))
    const value = checkedValue(token.rawName, rule, token.value, token.inlineValue === true)
    const earlier = rule.type !== "flag" && rule.multiple === true ? (values.get(token.name) ?? []) : []
    values.set(token.name, [...earlier, value])
  }
  return new Given(values, positionals, signal)
}

function unknownOption(name: string, known: readonly string[]): UsageError {
  const similar = name.startsWith("--") ? closest(name.slice(2), known) : undefined
  return new UsageError(`Unknown option ${name}${similar === undefined ? "" : `; did you mean --${similar}?`}`)
}

function checkedValue(name: string, rule: OptionRule, value: string | undefined, inline: boolean): string {
  if (rule.type === "flag") {
    if (value !== undefined) throw new UsageError(`${name} takes no value, got '${value}'`)
    return ""
  }
  if (value === undefined) throw new UsageError(`${name} needs a value: ${name} ${rule.value}`)
  // The value was probably forgotten.
  if (!inline && value.startsWith("-") && value !== "-" && !(rule.type === "number" && /^-\d+$/.test(value))) {
    const right = name.startsWith("--") ? `${name}=${value}` : `${name}${value}`
    throw new UsageError(`${name} needs a value: ${name} ${rule.value}, or ${right} if it begins with '-'`)
  }
  if (rule.type === "choice" && !rule.choices.includes(value)) {
    throw new UsageError(`${name} expects one of ${rule.choices.join(", ")}, got '${value}'`)
  }
  if (rule.type === "number") {
    const { min = 0 } = rule
    if (!/^-?\d+$/.test(value) || !Number.isSafeInteger(Number(value)) || Number(value) < min) {
      throw new UsageError(`${name} expects a whole number of at least ${min}, got '${value}'`)
    }
  }
  return value
}

/** The word of `words` that is most similar to `word`, if any is. */
export function closest(word: string, words: readonly string[]): string | undefined {
  const distances = words.map((other) => [editDistance(word, other), other] as const)
  const [best] = distances.sort(([one], [other]) => one - other)
  return best !== undefined && best[0] <= Math.max(1, Math.floor(word.length / 3)) ? best[1] : undefined
}

/** Number of characters to insert, remove, replace, or swap with their neighbor. */
function editDistance(one: string, other: string): number {
  let [before, last]: number[][] = [[], Array.from({ length: other.length + 1 }, (_, index) => index)]
  for (let row = 1; row <= one.length; row++) {
    const next = [row]
    for (let column = 1; column <= other.length; column++) {
      const cost = one[row - 1] === other[column - 1] ? 0 : 1
      const swapped = row > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]
      next[column] = Math.min(
        last![column]! + 1,
        next[column - 1]! + 1,
        last![column - 1]! + cost,
        swapped ? (before![column - 2] ?? Infinity) + 1 : Infinity,
      )
    }
    before = last
    last = next
  }
  return last![other.length]!
}
