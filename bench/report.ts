import { readFileSync, writeFileSync } from "node:fs"
import { format, ratio, reached, type Results, type RowResult } from "./results.js"
import { BARE, LIBZMQ, NET, OBSTACLES, OURS, ZEROMQ } from "./rows.js"
import { median } from "./statistics.js"

/** A row as lines of text: each contestant's figure, ours by theirs, and whether that is enough. */
export function describe(result: RowResult): string {
  const lines = [`${result.name}, ${result.transport}`]
  for (const [contestant, figures] of Object.entries(result.figures)) {
    const parts = [`  ${contestant.padEnd(11)} ${spread(result, figures)}`]
    if (contestant !== OURS) parts.push(`ratio ${ratio(result, contestant)!.toFixed(2)}`)
    const target = contestant === OURS ? undefined : result.targets[contestant]
    if (target !== undefined) parts.push(`target ${target} ${mark(reached(result, contestant))}`)
    if (contestant === OURS && result.limit !== undefined) {
      parts.push(`limit ${format(result.limit, result.unit)} ${mark(median(figures) <= result.limit)}`)
    }
    lines.push(parts.join(", "))
  }
  for (const [contestant, reason] of Object.entries(result.missing)) {
    lines.push(`  ${contestant.padEnd(11)} left out: ${reason}`)
  }
  const obstacle = OBSTACLES.findLast(([rows]) => rows.test(result.name))?.[1]
  if (obstacle !== undefined && lines.some((line) => line.includes("✗"))) lines.push(`  limit       ${obstacle}`)
  return `${lines.join("\n")}\n`
}

const BEGIN = "<!-- figures: written by `npm run bench -- --page` -->"
const END = "<!-- end of figures -->"

/** Replaces the figures in the file at `path` by those of `results`. */
export function updatePage(path: string, results: Results, chart: string): void {
  const text = readFileSync(path, "utf8")
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)]
  if (begin < 0 || end < begin) throw new Error(`${path} has no place for figures`)
  const section = `${BEGIN}\n\n![Messages per second](${chart})\n\n${note(results)}\n\n${table(results)}\n\n`
  writeFileSync(path, text.slice(0, begin) + section + text.slice(end))
}

const COLUMNS = [OURS, ZEROMQ, LIBZMQ, NET, BARE] as const

function table({ rows }: Results): string {
  const cells = [["", OURS, ...COLUMNS.slice(1).map((name) => `${name} (ratio)`)]]
  for (const row of rows) {
    if (!COLUMNS.slice(1).some((name) => row.figures[name] !== undefined)) continue
    const name = row.transport === "ipc" ? `${row.name} over ipc` : row.name
    cells.push([name, ...COLUMNS.map((contestant) => cell(row, contestant))])
  }
  const widths = cells[0]!.map((_, column) => Math.max(3, ...cells.map((line) => line[column]!.length)))
  const lines = cells.map((line) => `| ${line.map((text, column) => text.padEnd(widths[column]!)).join(" | ")} |`)
  lines.splice(1, 0, `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`)
  return lines.join("\n")
}

function cell(row: RowResult, contestant: string): string {
  const figures = row.figures[contestant]
  if (figures === undefined) return ""
  const value = format(median(figures), row.unit)
  return contestant === OURS ? value : `${value} (${ratio(row, contestant)!.toFixed(2)})`
}

function note({ machine, rounds }: Results): string {
  return `Plain \`await send()\` and \`for await\`, over tcp unless said. In brackets ours by theirs; medians of ${rounds}
rounds in turns on ${machine}.`
}

function spread({ unit }: RowResult, figures: readonly number[]): string {
  const [low, high] = [Math.min(...figures), Math.max(...figures)]
  return `${format(median(figures), unit)} (${format(low, unit)}–${format(high, unit)})`
}

function mark(good: boolean | undefined): string {
  return good === undefined ? "" : good ? "✓" : "✗"
}
