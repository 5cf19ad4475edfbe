import { build } from "esbuild"
import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../../", import.meta.url))

/** Path of the program of npm's `workerd`, which `npm run runtimes -- --only workerd` installs. */
const program = join(root, "node_modules/.cache/runtimes/workerd/node_modules/.bin/workerd")
export const hasWorkerd = existsSync(program)

export interface WorkerOptions {
  /** The module of the Worker. */
  readonly entry: string
  /** Variables in its environment. */
  readonly bindings?: Readonly<Record<string, string>>
  readonly flags?: readonly string[]
  /** Modules that replace others in the bundle, as aliases of esbuild. */
  readonly alias?: Record<string, string>
}

/** A Worker in Cloudflare's runtime, bundled as Wrangler does it. */
export class Worker {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    readonly url: string,
  ) {}

  static async start({ entry, bindings = {}, flags = [], alias = {} }: WorkerOptions): Promise<Worker> {
    const folder = mkdtempSync(join(tmpdir(), "zmtp-workerd-"))
    const { outputFiles } = await build({
      entryPoints: [entry],
      bundle: true,
      write: false,
      format: "esm",
      target: "es2022",
      conditions: ["workerd", "worker", "browser"],
      alias: { zmtp: join(root, "dist/workerd/index.js"), ...alias },
      external: ["cloudflare:*", "node:*", "*.wasm"],
      logLevel: "silent",
    })
    writeFileSync(join(folder, "worker.js"), outputFiles[0]!.contents)
    writeFileSync(join(folder, "libsodium.wasm"), readFileSync(join(root, "dist/workerd/libsodium.wasm")))
    const texts = Object.entries(bindings).map(([name, text]) => `(name = "${name}", text = "${text}")`)
    writeFileSync(
      join(folder, "config.capnp"),
      `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["public", "private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
    (name = "libsodium.wasm", wasm = embed "libsodium.wasm"),
  ],
  bindings = [${texts.join(", ")}],
  compatibilityDate = "2026-06-01",
  compatibilityFlags = [${flags.map((flag) => `"${flag}"`).join(", ")}],
);
`,
    )
    const child = spawn(program, ["serve", "--control-fd=3", "config.capnp"], {
      cwd: folder,
      stdio: ["ignore", "inherit", "inherit", "pipe"],
    })
    const control = child.stdio[3] as NodeJS.ReadableStream
    let said = ""
    for await (const piece of control) {
      said += String(piece)
      const port = /"event":"listen".*"port":(\d+)/.exec(said)?.[1]
      if (port !== undefined) return new Worker(child, folder, `http://127.0.0.1:${port}`)
    }
    throw new Error(`workerd ended: ${said}`)
  }

  async close(): Promise<void> {
    const ended = once(this.child, "exit")
    this.child.kill("SIGKILL")
    await ended
    rmSync(this.folder, { recursive: true, force: true })
  }
}
