// Creates projects that contain only the packed tarballs and the tools of one host.
import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { cp, lstat, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { homedir, tmpdir } from "node:os"
import { basename, join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

export const root = fileURLToPath(new URL("../../", import.meta.url))
/** Outside of the repository, because Jest, for example, ignores tests in `node_modules`. */
const cache = process.env.ZMTP_HOSTS_CACHE ?? join(homedir(), ".cache/zmtp-hosts")
const execute = promisify(execFile)

/** Runs a program for at most `seconds`, and returns its output. */
export async function run(program, args, { cwd, env, seconds = 120 } = {}) {
  try {
    const { stdout } = await execute(program, args, {
      cwd,
      env: { ...process.env, NO_COLOR: "1", ...env },
      timeout: seconds * 1000,
      killSignal: "SIGKILL",
      maxBuffer: 64 << 20,
    })
    return stdout.trim()
  } catch (error) {
    const { stdout = "", stderr = "", killed } = error
    throw new Error(`${killed ? "Timed out; " : ""}${stderr.trim()}\n${stdout.trim()}`.trim() || error.message, {
      cause: error,
    })
  }
}

/** Runs a program in `cwd` with Node. */
export function node(cwd, ...args) {
  return run(process.execPath, args, { cwd, seconds: 60 })
}

export class Stage {
  #folder
  #tarballs

  static async open() {
    const stage = new Stage()
    stage.#folder = await mkdtemp(join(tmpdir(), "zmtp-hosts-"))
    stage.#tarballs = await Promise.all([
      pack(root, stage.#folder),
      pack(join(root, "packages/zmtp-v5"), stage.#folder),
    ])
    return stage
  }

  /** Tarballs of `zmtp` and of `zmtp-v5`. */
  get tarballs() {
    const [zmtp, v5] = this.#tarballs
    return { zmtp, v5 }
  }

  /**
   * Creates a project with the programs in `from`, the package, and `tools`: names of packages that are installed in this
   * repository, and `name@version` of others, which are installed from npm once and then cached.
   */
  async project({ tools = [], from = "test/hosts/programs", type } = {}) {
    const ours = tools.filter((tool) => !tool.includes("@", 1))
    const others = tools.filter((tool) => tool.includes("@", 1))
    const project = others.length > 0 ? await installed(others) : await mkdtemp(join(this.#folder, "project-"))
    const modules = join(project, "node_modules")
    await rm(join(modules, "zmtp"), { recursive: true, force: true })
    await mkdir(join(modules, "zmtp"), { recursive: true })
    await run("tar", ["-xzf", this.tarballs.zmtp, "-C", join(modules, "zmtp"), "--strip-components=1"])
    for (const name of ours) {
      const link = join(modules, name)
      const isDependency = (await lstat(link).catch(() => undefined))?.isDirectory() === true
      if (isDependency) continue
      // In a cached project, the link may point to another checkout, which may not exist anymore.
      await rm(link, { force: true })
      await mkdir(join(link, ".."), { recursive: true })
      await symlink(join(root, "node_modules", name), link)
    }
    await cp(join(root, from), project, { recursive: true })
    if (type !== undefined) await writeFile(join(project, "package.json"), JSON.stringify({ private: true, type }))
    return project
  }

  /** Creates a project with this manifest, and installs it with npm, without install scripts. */
  async install(manifest, flags = []) {
    const project = await mkdtemp(join(this.#folder, "installed-"))
    await writeFile(join(project, "package.json"), JSON.stringify(manifest))
    await npmInstall(project, [...flags])
    return project
  }

  async close() {
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/** Installs a program from npm, such as Bun, with its install script. */
export async function runtime(spec) {
  const name = basename(spec.slice(0, spec.indexOf("@", 1)))
  const folder = join(root, "node_modules/.cache/runtimes", spec)
  const program = join(folder, "node_modules/.bin", name)
  if (!existsSync(program)) {
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, allowScripts: { [name]: true } }))
    await npmInstall(folder, ["--no-package-lock", "--ignore-scripts=false", spec])
  }
  return program
}

/** Version of a package in `project`. */
export async function versionOf(project, name) {
  return JSON.parse(await readFile(join(project, "node_modules", name, "package.json"), "utf8")).version
}

async function installed(specs) {
  const folder = join(cache, specs.join("+").replaceAll(/[^\w@.+-]/g, "_"))
  if (!existsSync(join(folder, "done"))) {
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, "package.json"), '{ "private": true }\n')
    // Other dependencies are replaced by stubs, because installing all of React Native would take long.
    const flags = specs.some((spec) => spec.startsWith("react-native-")) ? ["--legacy-peer-deps"] : []
    await npmInstall(folder, ["--no-package-lock", ...flags, ...specs])
    await writeFile(join(folder, "done"), "")
  }
  return folder
}

async function npmInstall(cwd, args) {
  const flags = ["--no-audit", "--no-fund", "--loglevel=error"]
  const scripts = args.some((arg) => arg.startsWith("--ignore-scripts")) ? [] : ["--ignore-scripts"]
  await run("npm", ["install", ...flags, ...scripts, ...args], { cwd, seconds: 300 })
}

async function pack(folder, target) {
  const args = ["pack", "--ignore-scripts", "--json", "--pack-destination", target]
  const said = JSON.parse(await run("npm", args, { cwd: folder }))
  const [{ filename }] = Array.isArray(said) ? said : Object.values(said)
  return join(target, filename)
}
