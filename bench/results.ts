import { moreIsBetter, OURS, type Row, type Unit } from "./rows.js"
import { median } from "./statistics.js"

/** What one run of the benchmark has found; kept as JSON. */
export interface Results {
  /** Processor, Node, system and versions. */
  readonly machine: string
  readonly rounds: number
  readonly rows: readonly RowResult[]
}

export interface RowResult {
  readonly name: string
  readonly transport: Row["transport"]
  readonly unit: Unit
  /** A figure for each round, by contestant; ours first. */
  readonly figures: Readonly<Record<string, readonly number[]>>
  /** Why contestants are left out. */
  readonly missing: Readonly<Record<string, string>>
  /** What must be reached, by contestant. */
  readonly targets: Readonly<Record<string, number>>
  readonly limit?: number | undefined
}

/** Ours by theirs, of the medians; `undefined` when they are left out. */
export function ratio({ figures }: RowResult, contestant: string): number | undefined {
  const theirs = figures[contestant]
  return theirs === undefined ? undefined : median(figures[OURS]!) / median(theirs)
}

/** Whether the target is reached; `undefined` when there is none or nothing to compare with. */
export function reached(result: RowResult, contestant: string): boolean | undefined {
  const [found, target] = [ratio(result, contestant), result.targets[contestant]]
  if (found === undefined || target === undefined) return undefined
  return moreIsBetter(result.unit) ? found >= target : found <= target
}

/** Three digits and what they count: `7.84 M/s`. */
export function format(value: number, unit: Unit): string {
  if (unit === "µs" && value >= 1000) return format(value / 1000, "ms")
  if (unit === "×" || unit === "ms" || unit === "µs") return `${short(value)} ${unit}`
  const suffix = unit === "msg/s" ? "/s" : "B"
  const [base, prefixes] = unit === "B" ? [1024, ["", "Ki", "Mi", "Gi"]] : [1000, ["", "k", "M", "G"]]
  let step = 0
  while (Math.abs(value) >= base && step < 3) {
    value /= base
    step++
  }
  return `${short(value)} ${prefixes[step]}${suffix}`
}

function short(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3)
}
