interface Described {
  /** What the usage says about the option, without a period. */
  readonly description: string
}

interface BooleanOption extends Described {
  readonly type: "boolean"
}

interface TextOption extends Described {
  readonly type: "string"
  /** Name of the value in the usage: `FILE`. */
  readonly value: string
  readonly default?: string
  /** Whether the option may be repeated. */
  readonly multiple?: true
  /** The only valid values. */
  readonly choices?: readonly string[]
}

interface NumberOption extends Described {
  readonly type: "number" | "integer"
  readonly default?: number
  /** Smallest valid value. Default: 0. */
  readonly least?: number
  /** All valid values are greater than this. */
  readonly above?: number
}

export type OptionDefinition = BooleanOption | TextOption | NumberOption

type ValueOf<D extends OptionDefinition> = D extends { type: "boolean" }
  ? boolean
  : D extends { multiple: true }
    ? string[]
    : (D extends NumberOption ? number : string) | (D extends { default: unknown } ? never : undefined)

/**
 * Reads the options of the process. `--help` prints the usage and ends the process; invalid arguments end it with exit
 * code 2.
 * @param command How to call the script: the first line of its usage.
 */
export function readOptions<const D extends Readonly<Record<string, OptionDefinition>>>(
  command: string,
  definitions: D,
): { [K in keyof D]: ValueOf<D[K]> }

/** Ends the process with exit code 2, because of invalid arguments. */
export function rejectUsage(reason: string): never
