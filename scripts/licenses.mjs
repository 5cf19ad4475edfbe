// Fails unless the package has no dependencies, and lists all bundled software with a license that permits bundling.
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const ALLOWED = ["MIT", "ISC", "BSD-2-Clause", "BSD-3-Clause", "0BSD"]

const text = (name) => readFileSync(fileURLToPath(new URL(`../${name}`, import.meta.url)), "utf8")
const notice = text("dist/THIRD-PARTY-LICENSES.md")
const { dependencies = {}, license } = JSON.parse(text("package.json"))
const problems = []
if (Object.keys(dependencies).length > 0) problems.push(`Dependencies: ${Object.keys(dependencies)}`)
if (!ALLOWED.includes(license)) problems.push(`Invalid license ${license} of the package: expected one of ${ALLOWED}`)
for (const name of ["ws", "libsodium"]) {
  const section = new RegExp(`^## ${name} ([\\d.]+)\\n\\n([\\w-]+), <.*>, in (.*)\\.$`, "m").exec(notice)
  if (section === null) problems.push(`THIRD-PARTY-LICENSES.md does not name ${name}`)
  else if (!ALLOWED.includes(section[2]))
    problems.push(`Invalid license ${section[2]} of ${name}: expected one of ${ALLOWED}`)
}
const ws = JSON.parse(text("node_modules/ws/package.json"))
if (!notice.includes(`## ws ${ws.version}\n`)) problems.push(`THIRD-PARTY-LICENSES.md does not name ws ${ws.version}`)
if (!notice.includes(text("node_modules/ws/LICENSE").trim()))
  problems.push("THIRD-PARTY-LICENSES.md lacks the license of ws")
for (const [file, name] of [
  ["dist/node/ws.cjs", "ws"],
  ["dist/node/libsodium.cjs", "libsodium"],
]) {
  if (!text(file).slice(0, 100).includes(name))
    problems.push(`${file} does not begin with a comment that names ${name}`)
}
for (const problem of problems) console.error(problem)
process.exitCode = problems.length > 0 ? 1 : 0
