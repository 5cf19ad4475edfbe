import { OURS } from "./contestants.js"
import { cpuPerMessage, format, middle, ratio, reached, type Results, type RowResult } from "./results.js"
import { OBSTACLES } from "./rows.js"

/** Explains the columns beside the figure. */
export const LEGEND = `"cold" is the figure during the warm-up, from the first message on. CPU time is per message or round trip, memory is the
largest resident set, both of all processes of a contestant together; the pause is the longest of an event loop.`

/** Formats a row as a text table, with one line per contestant. */
export function describe(result: RowResult): string {
  const lines = Object.keys(result.runs).map((contestant) => [
    contestant,
    spread(result, contestant),
    contestant === OURS ? "" : ratio(result, contestant)!.toFixed(2),
    goal(result, contestant),
    ...details(result, contestant),
  ])
  const table = align([["", result.unit, "ratio", "target", ...DETAILS], ...lines]).map(
    (cells) => `  ${cells.join("  ")}`,
  )
  const missing = Object.entries(result.missing).map(([contestant, reason]) => `  ${contestant}: ${reason}`)
  const obstacle = obstacleOf(result)
  const limited = obstacle !== undefined && lines.some((cells) => cells[3]!.includes("✗"))
  return `${[fullName(result), ...table, ...missing, ...(limited ? [`  limited by: ${obstacle}`] : [])].join("\n")}\n`
}

/** The reason why a row misses its target, if it is known. */
export function obstacleOf({ name }: RowResult): string | undefined {
  return OBSTACLES.findLast(([rows]) => rows.test(name))?.[1]
}

export function fullName({ name, transport }: { readonly name: string; readonly transport: string }): string {
  return `${name}, ${transport}`
}

/** Describes the machine, the date, and the versions of a measurement. */
export function origin({ date, machine, versions }: Results): string {
  const names = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return `${date}, ${machine}; ${names.join(", ")}`
}

/** The additional figures of a row. */
export const DETAILS = ["cold", "CPU", "memory", "pause"] as const

export function details(result: RowResult, contestant: string): string[] {
  const [cold, memory, pause] = (["cold", "memory", "pause"] as const).map((figure) =>
    middle(result, contestant, figure),
  )
  const cpu = cpuPerMessage(result, contestant)
  return [
    cold === undefined ? "" : format(cold, result.unit),
    cpu === undefined ? "" : format(cpu, "µs"),
    memory === undefined ? "" : format(memory, "B"),
    pause === undefined ? "" : format(pause, "ms"),
  ]
}

/** Pads cells to the width of their column, and omits columns that are empty below their heading. */
export function align(lines: readonly (readonly string[])[]): string[][] {
  const columns = lines[0]!.flatMap((_, column) =>
    lines.slice(1).some((cells) => cells[column] !== "") ? [column] : [],
  )
  const widths = columns.map((column) => Math.max(...lines.map((cells) => cells[column]!.length)))
  return lines.map((cells) => columns.map((column, index) => cells[column]!.padEnd(widths[index]!)))
}

function spread(result: RowResult, contestant: string): string {
  const values = result.runs[contestant]!.map(({ value }) => value)
  const [low, high] = [Math.min(...values), Math.max(...values)].map((value) => format(value, result.unit))
  return `${format(middle(result, contestant)!, result.unit)} (${low}–${high})`
}

/** The target, and whether it is reached; for this library, the limit. */
function goal(result: RowResult, contestant: string): string {
  const { limit, targets, unit } = result
  if (contestant === OURS) {
    return limit === undefined ? "" : `${format(limit, unit)} ${mark(middle(result, OURS)! <= limit)}`
  }
  const target = targets[contestant]
  return target === undefined ? "" : `${target} ${mark(reached(result, contestant)!)}`
}

function mark(good: boolean): string {
  return good ? "✓" : "✗"
}
