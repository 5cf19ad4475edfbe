// Keeps the manifests of the packages in step.
//   --set 1.2.3     writes the version everywhere
//   --tag v1.2.3    fails unless every manifest has the version of this tag
//   --project       copies what the owner has filled in in project.json
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"

const { values } = parseArgs({
  options: { set: { type: "string" }, tag: { type: "string" }, project: { type: "boolean" } },
})
const read = (file) => JSON.parse(readFileSync(path(file), "utf8"))
const write = (file, manifest) => writeFileSync(path(file), `${JSON.stringify(manifest, null, 2)}\n`)

const MAIN = "package.json"
const V5 = "packages/zmtp-v5/package.json"
const JSR = "jsr.json"

if (values.set !== undefined) {
  if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(values.set)) throw new Error(`Invalid version "${values.set}", such as 1.2.3`)
  for (const file of [MAIN, V5, JSR]) {
    const manifest = { ...read(file), version: values.set }
    if (file === V5) manifest.dependencies = { zmtp: values.set }
    write(file, manifest)
  }
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
  throw new Error(`Tag ${values.tag} is not of version ${version}`)
}
for (const file of [V5, JSR]) {
  if (read(file).version !== version) throw new Error(`${file} has version ${read(file).version}, not ${version}`)
}
if (read(V5).dependencies.zmtp !== version)
  throw new Error(`${V5} needs zmtp ${read(V5).dependencies.zmtp}, not ${version}`)

function path(file) {
  return fileURLToPath(new URL(`../${file}`, import.meta.url))
}
