// Keeps the version consistent in the manifests of the packages, in the sources, and in the documentation.
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { readOptions, rejectUsage } from "./options.mjs"

const values = readOptions("node scripts/release.mjs [options]", {
  set: {
    type: "string",
    value: "VERSION",
    description: "write this version everywhere; then run npm install, for package-lock.json",
  },
  tag: { type: "string", value: "TAG", description: "fail unless every manifest has the version of this tag" },
  project: { type: "boolean", description: "copy what the owner has entered in project.json" },
})
const text = (file) => readFileSync(path(file), "utf8")
const read = (file) => JSON.parse(text(file))
const write = (file, manifest) => writeFileSync(path(file), `${JSON.stringify(manifest, null, 2)}\n`)

const MAIN = "package.json"
const V5 = "packages/zmtp-v5/package.json"
const JSR = "jsr.json"
/** Files that are not JSON, with patterns that match the version. */
const TEXTS = /** @type {[string, RegExp][]} */ ([
  ["src/core/version.ts", /(?<=packageVersion = ")[^"]+/g],
  ["packages/zmtp-v5/README.md", /(?<=npm:zmtp-v5@\^)[^"]+/g],
])

if (values.set !== undefined) {
  if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(values.set))
    rejectUsage(`Invalid --set "${values.set}": expected a version, such as 1.2.3`)
  for (const file of [MAIN, V5, JSR]) {
    const manifest = { ...read(file), version: values.set }
    if (file === V5) manifest.dependencies = { zmtp: values.set }
    write(file, manifest)
  }
  for (const [file, place] of TEXTS) writeFileSync(path(file), text(file).replace(place, values.set))
}
if (values.project) {
  const project = Object.entries(read("project.json")).filter(([, value]) => value !== "")
  for (const [file, directory] of [
    [MAIN, undefined],
    [V5, "packages/zmtp-v5"],
  ]) {
    const manifest = { ...read(file), ...Object.fromEntries(project) }
    if (typeof manifest.repository === "string" && directory !== undefined) {
      manifest.repository = { type: "git", url: manifest.repository, directory }
    }
    write(file, manifest)
  }
}
const { version } = read(MAIN)
if (values.tag !== undefined && values.tag !== `v${version}`) {
  throw new Error(`Invalid tag ${values.tag}: expected v${version}`)
}
for (const [file, place] of TEXTS) {
  const others = (text(file).match(place) ?? ["no version"]).filter((found) => found !== version)
  if (others.length > 0) throw new Error(`${file} has version ${others[0]}, not ${version}`)
}
for (const file of [V5, JSR]) {
  if (read(file).version !== version) throw new Error(`${file} has version ${read(file).version}, not ${version}`)
}
if (read(V5).dependencies.zmtp !== version)
  throw new Error(`${V5} depends on zmtp ${read(V5).dependencies.zmtp}, expected ${version}`)

function path(file) {
  return fileURLToPath(new URL(`../${file}`, import.meta.url))
}
