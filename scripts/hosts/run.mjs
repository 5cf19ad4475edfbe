// Runs the packed tarball in every host, and old programs that use it, and prints one table.
import { readOptions, rejectUsage } from "../options.mjs"
import { HOSTS } from "./hosts.mjs"
import { OLD_PROGRAMS } from "./old-programs.mjs"
import { Stage } from "./stage.mjs"

const values = readOptions("npm run hosts -- [options]", {
  only: { type: "string", value: "LIST", description: "hosts whose names begin with one of these, such as Jest,Vite" },
  offline: { type: "boolean", description: "only hosts that need no packages besides those of this repository" },
  json: { type: "boolean", description: "also print the rows as JSON" },
})
const only = values.only?.split(",")
const chosen = [...HOSTS, ...OLD_PROGRAMS].filter(
  ({ name, fetches }) => (only?.some((start) => name.startsWith(start)) ?? true) && !(values.offline && fetches),
)
if (chosen.length === 0) rejectUsage(`Invalid --only "${values.only}": no host has such a name`)

const stage = await Stage.open()
const rows = []
try {
  for (const host of chosen) rows.push(await resultOf(host))
} finally {
  await stage.close()
}
if (values.json) console.log(JSON.stringify(rows))
else print(rows)
process.exitCode = rows.every(({ passed }) => passed) ? 0 : 1

async function resultOf({ name, expected, run }) {
  const start = performance.now()
  let said
  try {
    said = await run(stage)
  } catch (error) {
    said = error.message
  }
  const passed = said === expected
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  console.error(`${passed ? "ok  " : "FAIL"} ${name} (${seconds} s)${passed ? "" : `\n${said.slice(0, 3000)}`}`)
  return { name, passed, said, seconds }
}

function print(rows) {
  const table = [
    ["Host", "Result", "Seconds"],
    ...rows.map(({ name, passed, said, seconds }) => [name, passed ? said : "FAILED", seconds]),
  ]
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)))
  const lines = table.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(" | ")} |`)
  lines.splice(1, 0, `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`)
  console.log(lines.join("\n"))
}
