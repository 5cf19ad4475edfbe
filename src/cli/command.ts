import { parseArgs } from "node:util"

/** An option as `--help` shows it. */
export interface OptionRule {
  readonly type: "string" | "boolean"
  readonly multiple?: true
  readonly short?: string
  /** Placeholder for the value in the help. */
  readonly value?: string
  readonly help: string
}

export type OptionTable = Readonly<Record<string, OptionRule>>

/** One word after `zmtp`. */
export interface Command {
  readonly name: string
  readonly summary: string
  /** Arguments that may follow the name, besides options. */
  readonly usage: string
  readonly options: OptionTable
  /** Additional text of the help. */
  readonly notes?: string
  /** Resolves to the exit code if that is a number, which is 0 otherwise. */
  run(given: Given): Promise<unknown>
}

/** A command line that does not make sense: exit code 2. */
export class UsageError extends Error {}

/** The parsed command line, and the signal to stop. */
export class Given {
  readonly #values: Readonly<Record<string, unknown>>

  constructor(
    values: Readonly<Record<string, unknown>>,
    readonly positionals: readonly string[],
    readonly signal: AbortSignal,
  ) {
    this.#values = values
  }

  flag(name: string): boolean {
    return this.#values[name] === true
  }

  text(name: string): string | undefined {
    const value = this.#values[name]
    return typeof value === "string" ? value : undefined
  }

  list(name: string): readonly string[] {
    const value = this.#values[name]
    return Array.isArray(value) ? (value as string[]) : []
  }

  /** @throws UsageError unless it is a whole number of at least `smallest`. */
  number(name: string, smallest = 0): number | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    const number = Number(value)
    if (value.trim() === "" || !Number.isSafeInteger(number) || number < smallest) {
      throw new UsageError(`--${name} expects a whole number of at least ${smallest}, got '${value}'`)
    }
    return number
  }

  /** @throws UsageError unless it is one of `words`. */
  choice<W extends string>(name: string, words: readonly W[]): W | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    const word = words.find((word) => word === value)
    if (word === undefined) throw new UsageError(`--${name} expects one of ${words.join(", ")}, got '${value}'`)
    return word
  }
}

/** @throws UsageError */
export function parse(command: Command, argv: readonly string[], signal: AbortSignal): Given {
  const options = Object.fromEntries(
    Object.entries(command.options).map(([name, { type, multiple = false, short }]) => [
      name,
      { type, multiple, ...(short === undefined ? {} : { short }) },
    ]),
  )
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true })
    return new Given(values, positionals, signal)
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

export function helpOf({ name, summary, usage, options, notes }: Command): string {
  const rows = Object.entries(options).map(([option, { short, value, help }]): [string, string] => [
    `${short === undefined ? "" : `-${short}, `}--${option}${value === undefined ? "" : ` ${value}`}`,
    help,
  ])
  const width = Math.max(...rows.map(([left]) => left.length))
  return [
    `zmtp ${name} ${usage}`.trimEnd(),
    "",
    summary,
    "",
    ...rows.map(([left, help]) => `  ${left.padEnd(width)}  ${help}`),
    ...(notes === undefined ? [] : ["", notes]),
    "",
  ].join("\n")
}
