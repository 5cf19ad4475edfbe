import { spawnSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { Program } from "./program.js"
import { RUNTIME, TYPESCRIPT } from "./runtime.js"

const root = fileURLToPath(new URL("../../", import.meta.url))

/** Arguments before a program in JavaScript. */
const JAVASCRIPT = RUNTIME === "Node" ? [] : TYPESCRIPT

/** pyzmq, if it is installed: Debian has it as python3-zmq. */
export const PYTHON = ["/usr/bin/python3"].find((python) => spawnSync(python, ["-c", "import zmq"]).status === 0)

/** An example as a user has it: a copy of its folder with its packages, of which `zmtp` is the one that was built. */
export class ExampleFolder {
  readonly path: string
  /** Packages that the example needs and this repository does not have. */
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

  /** Runs one of its programs in a process of its own. */
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

  /** Runs one of its programs in Python. */
  python(program: string, args: readonly string[] = []): Program {
    return new Program(PYTHON!, ["-u", program, ...args], { cwd: this.path })
  }

  /** Loads one of its modules into this process. */
  import(module: string): Promise<Record<string, unknown>> {
    return import(pathToFileURL(join(this.path, module)).href) as Promise<Record<string, unknown>>
  }

  close(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

/**
 * Runs an example to its end, as a reader would; its lines, or an error with what it has said.
 * @param example Its folder, or one of its programs: `jupyter/client/main.js`. Without a program, `main.js`.
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
