import { OURS, ZEROMQ } from "./contestants.js"
import { format, middle, strongestRival, type Results, type RowResult } from "./results.js"

const WIDTH = 840
const LABELS = 110
const FIGURES = 190
const BAR = 13
const GAP = 3
const GROUP_GAP = 16
const TOP = 74

/** Bars of a group, in this order: name in the legend, style, and the contestant of a row, if it has one. */
const SERIES: readonly (readonly [name: string, style: string, contestant: (row: RowResult) => string | undefined])[] =
  [
    [OURS, "ours", () => OURS],
    ["strongest other implementation", "rival", strongestRival],
    [ZEROMQ, "addon", (row) => (strongestRival(row) === ZEROMQ ? undefined : ZEROMQ)],
  ]

/** Bars of the rates of PUSH to PULL, each size in relation to its fastest; follows the reader's color scheme. */
export function drawChart({ date, machine, rows }: Results): string {
  const drawn = rows.filter(({ name, transport }) => /^push-pull [\d.]+ \w+$/.test(name) && transport === "tcp")
  const body: string[] = []
  let y = TOP
  for (const row of drawn) {
    const bottom = drawGroup(row, y, body)
    body.push(text(LABELS - 12, (y + bottom) / 2 + 5, "label", row.name.replace("push-pull ", "")))
    y = bottom + GROUP_GAP
  }
  const height = y + 26
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Messages per second">
<style>
  text { font: 13px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328 }
  .title { font-size: 17px; font-weight: 600 }
  .note, .figure { fill: #59636e }
  .figure { font-size: 12px; font-variant-numeric: tabular-nums }
  .note { font-size: 11px }
  .label { text-anchor: end; font-weight: 600 }
  .ours { fill: #0969da } .rival { fill: #9a6700 } .addon { fill: #afb8c1 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc }
    .note, .figure { fill: #9198a1 }
    .ours { fill: #4493f8 } .rival { fill: #d29922 } .addon { fill: #656c76 }
  }
</style>
${text(16, 26, "title", "Messages per second, PUSH to PULL over tcp")}
${legend()}
${body.join("\n")}
${text(16, height - 10, "note", `${date}, ${machine}. Each size is drawn in relation to its fastest; longer is better.`)}
</svg>
`
}

function legend(): string {
  let x = 16
  const parts = SERIES.map(([name, style]) => {
    const part = `<rect class="${style}" x="${x}" y="42" width="12" height="12" rx="2"/>${text(x + 18, 53, "", name)}`
    x += 40 + name.length * 8
    return part
  })
  return parts.join("\n")
}

/** Returns the position of the group's end. */
function drawGroup(row: RowResult, top: number, body: string[]): number {
  const bars = SERIES.flatMap(([, style, choose]) => {
    const contestant = choose(row)
    const value = contestant === undefined ? undefined : middle(row, contestant)
    return value === undefined ? [] : [{ style, value, contestant }]
  })
  const most = Math.max(...bars.map(({ value }) => value))
  let y = top
  for (const { style, value, contestant } of bars) {
    const length = Math.max(2, Math.round((value / most) * (WIDTH - LABELS - FIGURES)))
    const name = style === "rival" ? ` ${contestant}` : ""
    body.push(`<rect class="${style}" x="${LABELS}" y="${y}" width="${length}" height="${BAR}" rx="2"/>`)
    body.push(text(LABELS + length + 8, y + BAR - 2, "figure", `${format(value, row.unit)}${name}`))
    y += BAR + GAP
  }
  return y - GAP
}

function text(x: number, y: number, style: string, content: string): string {
  const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
  return `<text ${style === "" ? "" : `class="${style}" `}x="${x}" y="${y}">${escaped}</text>`
}
