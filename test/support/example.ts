import { spawnSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { Program } from "./program.js"
import { RUNTIME, TYPESCRIPT } from "./runtime.js"

const root = fileURLToPath(new URL("../../", import.meta.url))

/** Arguments of the runtime before the path of a JavaScript program. */
const JAVASCRIPT = RUNTIME === "Node" ? [] : TYPESCRIPT

/** A Python interpreter with pyzmq (Debian package python3-zmq), if installed. */
export const PYTHON = ["/usr/bin/python3"].find((python) => spawnSync(python, ["-c", "import zmq"]).status === 0)

/** An example as a user runs it: a copy of its folder with its dependencies and the built `zmtp` package. */
export class ExampleFolder {
  readonly path: string
  /** Dependencies of the example that are not installed in this repository. */
  readonly missing: readonly string[]

  constructor(name: string) {
    this.path = realpathSync(mkdtempSync(join(tmpdir(), "zmtp-example-")))
    cpSync(join(root, "examples", name), this.path, {
      recursive: true,
      filter: (source) => !source.includes("node_modules"),
    })
    const { dependencies } = JSON.parse(readFileSync(join(this.path, "package.json"), "utf8")) as {
      dependencies: Record<string, string>
    }
    const packages = Object.keys(dependencies).map((name) => [
      name,
      name === "zmtp" ? root : join(root, "node_modules", name),
    ])
    this.missing = packages.filter(([, path]) => !existsSync(path!)).map(([name]) => name!)
    for (const [name, path] of packages) {
      const link = join(this.path, "node_modules", name!)
      mkdirSync(dirname(link), { recursive: true })
      symlinkSync(path!, link, "dir")
    }
  }

  /** Starts a program of the example in its own process. */
  start(
    program: string,
    args: readonly string[] = [],
    { env = {}, flags = [] }: { readonly env?: NodeJS.ProcessEnv; readonly flags?: readonly string[] } = {},
  ): Program {
    return new Program(process.execPath, [...flags, ...JAVASCRIPT, program, ...args], {
      cwd: this.path,
      env: { ...process.env, ...env },
    })
  }

  /** Starts a Python program of the example. */
  python(program: string, args: readonly string[] = []): Program {
    return new Program(PYTHON!, ["-u", program, ...args], { cwd: this.path })
  }

  /** Imports a module of the example into this process. */
  import(module: string): Promise<Record<string, unknown>> {
    return import(pathToFileURL(join(this.path, module)).href) as Promise<Record<string, unknown>>
  }

  close(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

/**
 * Runs an example until it exits, and returns the lines that it prints.
 * @param example A folder, whose program is `main.js`, or the path of a program such as `jupyter/client/main.js`.
 * @throws Error with its output if it fails.
 */
export async function runExample(example: string, ...args: string[]): Promise<string[]> {
  const [name, ...path] = example.split("/")
  const folder = new ExampleFolder(name!)
  const program = folder.start(path.join("/") || "main.js", args)
  const timer = setTimeout(() => void program.close(), 90_000)
  try {
    const { code, stdout, stderr } = await program.end()
    if (code !== 0) throw new Error(`${example} ended with ${String(code)}:\n${stdout}${stderr}`)
    return stdout.trimEnd().split("\n")
  } finally {
    clearTimeout(timer)
    folder.close()
  }
}
