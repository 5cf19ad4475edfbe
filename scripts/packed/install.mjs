// Packs this library and installs the tarball in an empty project.
import { execFile } from "node:child_process"
import { mkdtemp, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { promisify } from "node:util"

const run = promisify(execFile)
const root = new URL("../../", import.meta.url).pathname
const QUIET = ["--no-audit", "--no-fund", "--loglevel=error", "--ignore-scripts"]

/** Packs `dist` without building it. @returns {Promise<string>} The project, a new temporary folder. */
export async function installPacked() {
  const project = await mkdtemp(join(tmpdir(), "zmtp-packed-"))
  await writeFile(join(project, "package.json"), '{ "private": true }\n')
  const args = ["pack", "--json", "--pack-destination", project, ...QUIET]
  const said = JSON.parse((await run("npm", args, { cwd: root })).stdout)
  const [{ filename }] = Array.isArray(said) ? said : Object.values(said)
  await run("npm", ["install", "--no-package-lock", ...QUIET, join(project, filename)], { cwd: project })
  return project
}

/** Environment of a process in which imports of entries in `src` load the library from `project`. */
export function packedEnvironment(project) {
  const hook = new URL("redirect.mjs", import.meta.url).href
  const options = `${process.env.NODE_OPTIONS ?? ""} --import ${hook}`.trim()
  return { ...process.env, NODE_OPTIONS: options, ZMTP_PACKED: pathToFileURL(`${project}/`).href }
}
