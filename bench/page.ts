import { readFileSync, writeFileSync } from "node:fs"
import { BARE, NET, OURS, RIVALS } from "./contestants.js"
import { align, DETAILS, details, LEGEND, obstacleOf, origin } from "./report.js"
import { format, middle, ratio, reached, type Results, type RowResult } from "./results.js"

const BEGIN = "<!-- figures: written by `npm run bench -- --page` -->"
const END = "<!-- end of figures -->"

/** Replaces the figures in the file at `path` by those of `results`. */
export function updatePage(path: string, results: Results, chart: string): void {
  const text = readFileSync(path, "utf8")
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)]
  if (begin < 0 || end < begin) throw new Error(`${path} has no markers for the figures`)
  writeFileSync(path, text.slice(0, begin) + formatFigures(results, chart) + text.slice(end))
}

/** The figures of all rows as Markdown. */
export function formatFigures(results: Results, chart: string): string {
  const contestants = [OURS, ...RIVALS, NET, BARE].filter((name) => results.rows.some(({ runs }) => name in runs))
  const figures = results.rows.map((row) => [label(row), ...contestants.map((name) => cell(row, name))])
  const more = results.rows.flatMap((row) =>
    Object.keys(row.runs).map((name) => [label(row), name, ...details(row, name)]),
  )
  return `${BEGIN}

![Messages per second](${chart})

Measured on ${origin(results)}. The plain API over tcp, unless stated otherwise; medians of ${results.rounds} rounds.

${table(["", ...contestants], figures)}
${missedTargets(results)}
## Cold starts, CPU time, memory, and pauses

${LEGEND}

${table(
  ["", "contestant", ...DETAILS],
  more.filter((cells) => cells.slice(2).some((text) => text !== "")),
)}

`
}

/** The section about rows that miss a target; empty if there are none. */
function missedTargets({ rows }: Results): string {
  const lines = rows.flatMap((row) =>
    Object.entries(row.targets)
      .filter(([name]) => reached(row, name) === false)
      .map(([name, target]) => [label(row), name, ratio(row, name)!.toFixed(2), String(target), obstacleOf(row) ?? ""]),
  )
  if (lines.length === 0) return ""
  return `
## Missed targets

These rows do not reach their target ratio. [Measured limits](performance.md#measured-limits) has the profiles.

${table(["", "compared with", "ratio", "target", "limited by"], lines)}
`
}

function label({ name, transport }: RowResult): string {
  return transport === "ipc" ? `${name} over ipc` : name
}

/** A figure, and in parentheses the ratio of ours to it. */
function cell(row: RowResult, contestant: string): string {
  const value = middle(row, contestant)
  if (value === undefined) return ""
  const figure = format(value, row.unit)
  return contestant === OURS ? figure : `${figure} (${ratio(row, contestant)!.toFixed(2)})`
}

function table(heading: readonly string[], lines: readonly (readonly string[])[]): string {
  const [first, ...others] = align([heading, ...lines]).map((cells) => cells.map((text) => text.padEnd(3)))
  const rule = first!.map((text) => "-".repeat(text.length))
  return [first!, rule, ...others].map((cells) => `| ${cells.join(" | ")} |`).join("\n")
}
