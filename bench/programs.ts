import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, symlinkSync } from "node:fs"
import { createRequire } from "node:module"
import { basename, delimiter, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import type { Program } from "./contestants.js"

/** A command that starts a program. Role, endpoint, and numbers are appended. */
export interface Prepared {
  readonly command: readonly [string, ...string[]]
  readonly version: string
}

export type Preparation = Prepared | { readonly missing: string }

/** Name under which the programs import another build of this library. */
const BEFORE_PACKAGE = "zmtp-before"
const PEERS = fileURLToPath(new URL("peers", import.meta.url))
const CACHE = fileURLToPath(new URL("../node_modules/.cache/zmtp-bench", import.meta.url))
const RUST = join(PEERS, "rust")
/** Path in Debian's package `libjeromq-java`. */
const JEROMQ_JAR = process.env["JEROMQ_JAR"] ?? "/usr/share/java/jeromq.jar"

const require = createRequire(import.meta.url)

/** Each builds the program if necessary, and returns the command that starts it. @throws Error that names the missing software. */
const PREPARE: Readonly<Record<Program, (runtime: string) => Prepared>> = {
  zmtp: (runtime) => script(runtime, "zmq.mjs", packageVersion("../package.json"), "zmtp"),
  before: (runtime) => script(runtime, "zmq.mjs", packageVersion(`${BEFORE_PACKAGE}/package.json`), BEFORE_PACKAGE),
  zeromq: (runtime) => script(runtime, "zmq.mjs", packageVersion("zeromq/package.json"), "zeromq"),
  net: (runtime) => script(runtime, "net.mjs"),
  bare: (runtime) => script(runtime, "bare.mjs"),
  idle: (runtime) => script(runtime, "idle.mjs"),
  libzmq: () => {
    const program = cached("libzmq.c", (source, target) => run("cc", ["-O2", "-o", target, source, "-lzmq"]))
    return { command: [program], version: run(program, []) }
  },
  "omq-tokio": () => rust("omq-tokio", "omq-tokio"),
  rzmq: () => rust("rzmq", "rzmq"),
  "zmq.rs": () => rust("zmq-rs", "zeromq"),
  tmq: () => rust("tmq", "tmq"),
  jeromq: () => {
    if (!existsSync(JEROMQ_JAR)) throw new Error(`${JEROMQ_JAR} does not exist (Debian: libjeromq-java)`)
    const classes = cached("JeroMQ.java", (source, target) => run("javac", ["-cp", JEROMQ_JAR, "-d", target, source]))
    const command = ["java", "-cp", [JEROMQ_JAR, classes].join(delimiter), "JeroMQ"] as const
    return { command, version: basename(realpathSync(JEROMQ_JAR), ".jar").replace("jeromq-", "") }
  },
  pyzmq: () => {
    // Debian's package is installed for Debian's own Python, not for newer versions.
    const python = ["python3", "/usr/bin/python3"].find((path) => succeeds(() => run(path, ["-c", "import zmq"])))
    if (python === undefined) throw new Error("no Python with pyzmq (Debian: python3-zmq)")
    const command = [python, join(PEERS, "pyzmq.py")] as const
    return { command, version: run(python, command.slice(1)) }
  },
}

/** @param runtime Path of Node, or of a compatible runtime, for the programs in JavaScript. */
export function prepare(program: Program, runtime: string): Preparation {
  try {
    return PREPARE[program](runtime)
  } catch (error) {
    return { missing: (error as Error).message }
  }
}

/** Makes the built package in `folder` available to the program `before`. */
export function linkBefore(folder: string): void {
  const link = fileURLToPath(new URL(`../node_modules/${BEFORE_PACKAGE}`, import.meta.url))
  rmSync(link, { force: true, recursive: true })
  symlinkSync(resolve(folder), link, "junction")
}

/** Name and version of a runtime: `Node 24.1.0`. */
export function describeRuntime(path: string): string {
  const versions = JSON.parse(run(path, ["-e", "console.log(JSON.stringify(process.versions))"])) as Record<
    string,
    string
  >
  return versions["bun"] === undefined ? `Node ${versions["node"]}` : `Bun ${versions["bun"]}`
}

function script(runtime: string, name: string, version = "", ...parameters: string[]): Prepared {
  return { command: [runtime, "--expose-gc", join(PEERS, name), ...parameters], version }
}

function packageVersion(path: string): string {
  return (require(path) as { version: string }).version
}

/** @param crate A crate whose version is in `Cargo.lock`. */
function rust(name: string, crate: string): Prepared {
  const target = join(CACHE, "rust")
  const options = ["--release", "--locked", "--manifest-path", join(RUST, "Cargo.toml"), "--target-dir", target]
  run("cargo", ["build", "--package", `bench-${name}`, ...options])
  const lock = readFileSync(join(RUST, "Cargo.lock"), "utf8")
  const version = new RegExp(`^name = "${crate}"\\nversion = "(.*)"`, "m").exec(lock)![1]!
  return { command: [join(target, "release", `bench-${name}`)], version }
}

/** Builds a source, unless it was built since its last change. Returns the path of the program. */
function cached(name: string, build: (source: string, target: string) => void): string {
  const source = join(PEERS, name)
  const hash = createHash("sha256").update(readFileSync(source)).digest("hex").slice(0, 12)
  const target = join(CACHE, `${name}-${hash}`)
  if (existsSync(target)) return target
  mkdirSync(CACHE, { recursive: true })
  build(source, `${target}.new`)
  renameSync(`${target}.new`, target)
  return target
}

/** Returns the output of the command. */
function run(command: string, parameters: readonly string[]): string {
  try {
    return execFileSync(command, parameters, { encoding: "utf8", stdio: "pipe" }).trim()
  } catch (error) {
    const { code, stderr } = error as { code?: string; stderr?: string }
    if (code === "ENOENT") throw new Error(`${command} is not installed`, { cause: error })
    if (/zmq\.h|-lzmq/.test(stderr ?? ""))
      throw new Error("libzmq is not installed (Debian: libzmq3-dev)", { cause: error })
    const reason = /^.*\berror\b.*$/m.exec(stderr ?? "")?.[0] ?? stderr?.trim() ?? (error as Error).message
    throw new Error(`${command} failed: ${reason}`, { cause: error })
  }
}

function succeeds(action: () => unknown): boolean {
  try {
    action()
    return true
  } catch {
    return false
  }
}
