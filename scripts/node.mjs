// Prints the folder that contains a version of Node, and installs it from npm if it is not the current one: `node.mjs 24`.
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const version = process.argv[2]
if (!/^\d+(\.\d+)*$/.test(version ?? ""))
  throw new Error(`Invalid version of Node "${version ?? ""}": expected a version such as 24`)
if (`${process.versions.node}.`.startsWith(`${version}.`)) {
  console.log(dirname(process.execPath))
} else {
  const folder = fileURLToPath(new URL(`../node_modules/.cache/runtimes/node@${version}`, import.meta.url))
  const bin = join(folder, "node_modules/.bin")
  if (!existsSync(join(bin, "node"))) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, "package.json"), '{ "private": true, "allowScripts": { "node": true } }\n')
    // Its install script installs the program for this platform.
    const args = [
      "install",
      `node@${version}`,
      "--no-package-lock",
      "--ignore-scripts=false",
      "--no-audit",
      "--no-fund",
    ]
    const { status } = spawnSync("npm", args, { cwd: folder, stdio: ["ignore", "ignore", "inherit"], timeout: 300_000 })
    if (status !== 0) throw new Error(`npm could not install node@${version}`)
  }
  console.log(bin)
}
