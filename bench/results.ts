import { moreIsBetter, type Row, type Targets, type Unit } from "./rows.js"
import { OURS, RIVALS } from "./contestants.js"
import { median } from "./statistics.js"

/** The results of the benchmark, as stored in JSON. */
export interface Results {
  /** Date of the run: `2026-11-29`. */
  readonly date: string
  /** Processor, runtime, and system. */
  readonly machine: string
  /** Versions by contestant. */
  readonly versions: Readonly<Record<string, string>>
  readonly rounds: number
  readonly rows: readonly RowResult[]
}

export interface RowResult {
  readonly name: string
  readonly transport: Row["transport"]
  readonly unit: Unit
  /** Runs of each contestant, one per round; this library first. */
  readonly runs: Readonly<Record<string, readonly Run[]>>
  /** Reasons why contestants are omitted, or the number of failed runs. */
  readonly missing: Readonly<Record<string, string>>
  readonly targets: Targets
  readonly limit?: number | undefined
}

/** The figures of one run. */
export interface Run {
  /** The figure, in the unit of the row. */
  readonly value: number
  /** The figure of the warm-up, counted from the first message. */
  readonly cold?: number | undefined
  /** CPU seconds per second during the measurement, of all processes together. */
  readonly cpu?: number | undefined
  /** Largest resident memory of all processes together, in bytes. */
  readonly memory?: number | undefined
  /** Longest pause of an event loop, in ms. */
  readonly pause?: number | undefined
}

/** The median of one of the figures of a contestant; `undefined` if a run does not have it. */
export function middle({ runs }: RowResult, contestant: string, figure: keyof Run = "value"): number | undefined {
  const values = (runs[contestant] ?? []).map((run) => run[figure])
  return values.length > 0 && values.every((value) => value !== undefined) ? median(values) : undefined
}

/** The ratio of the medians: our figure divided by theirs. */
export function ratio(result: RowResult, contestant: string): number | undefined {
  const [ours, theirs] = [middle(result, OURS), middle(result, contestant)]
  return ours === undefined || theirs === undefined ? undefined : ours / theirs
}

/** Whether the target is reached; `undefined` without a target or a figure to compare with. */
export function reached(result: RowResult, contestant: string): boolean | undefined {
  const [found, target] = [ratio(result, contestant), result.targets[contestant]]
  if (found === undefined || target === undefined) return undefined
  return moreIsBetter(result.unit) ? found >= target : found <= target
}

/** The other implementation of ZeroMQ with the best figure. */
export function strongestRival(result: RowResult): string | undefined {
  const sign = moreIsBetter(result.unit) ? 1 : -1
  const figures = RIVALS.flatMap((name) => {
    const figure = middle(result, name)
    return figure === undefined ? [] : [{ name, rank: sign * figure }]
  })
  return figures.sort((a, b) => b.rank - a.rank)[0]?.name
}

/** CPU time per message or round trip, in µs; `undefined` for rows that count neither. */
export function cpuPerMessage(result: RowResult, contestant: string): number | undefined {
  const [value, cpu] = [middle(result, contestant), middle(result, contestant, "cpu")]
  if (value === undefined || cpu === undefined) return undefined
  if (result.unit === "msg/s") return (cpu / value) * 1e6
  return result.unit === "µs" ? cpu * value : undefined
}

/** Formats a figure with three digits and the unit: `7.84 M/s`. */
export function format(value: number, unit: Unit): string {
  if (unit === "µs" && value >= 1000) return format(value / 1000, "ms")
  if (unit === "ms" || unit === "µs") return `${short(value)} ${unit}`
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
