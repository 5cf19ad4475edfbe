import { transform } from "esbuild"
import { spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { createInterface } from "node:readline"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import { freePort, HOST } from "./endpoints.js"
import { NODE } from "./runtime.js"

const root = fileURLToPath(new URL("../../", import.meta.url))

/** Packages that programs of the documentation can import, and their folders. `zeromq` is this package under its other name. */
const PACKAGES = {
  zmtp: root,
  zeromq: root,
  valibot: join(root, "node_modules/valibot"),
  "@msgpack/msgpack": join(root, "node_modules/@msgpack/msgpack"),
  "@types/node": join(root, "node_modules/@types/node"),
}

/** A program on a page: a block of ` ```ts ` or ` ```js `, and the blocks of ` ```ts continued ` after it. */
export interface Program {
  readonly page: string
  /** Line of the first block. */
  readonly line: number
  /** JavaScript runs unchanged, as in an `.mjs` file. */
  readonly language: "ts" | "js"
  readonly code: string
  /** Expected output, from the comments of the program. */
  readonly printed: string
  /** ` ```ts together `: runs at the same time as its neighbors of this kind. */
  readonly together: boolean
}

export interface Outcome {
  readonly printed: string
  readonly error?: string
}

interface Fence {
  readonly line: number
  readonly language: "ts" | "js"
  readonly info: string
  readonly code: string
  /** The last line before the block that is not blank. */
  readonly before: string
}

/** Lines of the blocks that are not run, and have no comment with a reason before them: `<!-- not run: … -->`. */
export function unexplained(markdown: string): number[] {
  return fencesOf(markdown)
    .filter(({ info, before }) => info === "no-run" && !/^<!-- not run: .+ -->$/.test(before))
    .map(({ line }) => line)
}

/** All programs of `markdown`, in order. */
export function programsOf(page: string, markdown: string): Program[] {
  const programs: Program[] = []
  for (const { line, language, info, code } of fencesOf(markdown)) {
    const printed = [...code.matchAll(/^ *\/\/ prints: (.*)$/gm)].map(([, output]) => `${output!}\n`).join("")
    if (info === "no-run") continue
    if (info === "continued") {
      const last = programs.pop()!
      programs.push({ ...last, code: last.code + code, printed: last.printed + printed })
    } else if (info === "" || info === "together") {
      programs.push({ page, line, language, code, printed, together: info === "together" })
    } else {
      throw new Error(`${page}:${line}: what is "${language} ${info}"?`)
    }
  }
  return programs
}

/**
 * Runs `programs` with the built package, one after another in one process, and returns the outcome of each. Fixed ports
 * are replaced by free ones; the same port on a page is always replaced by the same one.
 * @throws Error if the process does not exit by itself within `timeout` ms.
 */
export async function runPrograms(programs: readonly Program[], timeout: number): Promise<Map<Program, Outcome>> {
  return inFolder(async (folder) => {
    const ports = new Map<string, number>()
    for (const [index, { page, language, code }] of programs.entries()) {
      const movable = await moved(code, page, ports)
      const { code: script } = await transform(movable, { loader: language, sourcefile: `${page}.${language}` })
      writeFileSync(join(folder, `${index}.mjs`), `const console = globalThis.consoles[${index}]; ${script}`)
    }
    writeFileSync(join(folder, "run.mjs"), runner(programs))
    return outcomes(programs, folder, timeout)
  })
}

/** The errors of the compiler in strict mode, or an empty string. */
export function typeErrorsOf(all: readonly Program[]): Promise<string> {
  const programs = all.filter(({ language }) => language === "ts")
  return inFolder(async (folder) => {
    const files = programs.map(({ page, line }) => `${page.replaceAll(/\W/g, "_")}_${line}.mts`)
    for (const [index, { code }] of programs.entries()) writeFileSync(join(folder, files[index]!), code)
    const flags = "--noEmit --strict --noUncheckedIndexedAccess --skipLibCheck --target es2022 --module nodenext"
    const compiler = join(root, "node_modules/typescript/bin/tsc")
    const child = spawn(NODE, [compiler, ...flags.split(" "), "--types", "node", ...files], { cwd: folder })
    return text(child.stdout)
  })
}

/** Calls `use` with a temporary folder that contains the packages. */
async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "zmtp-docs-"))
  try {
    for (const [name, path] of Object.entries(PACKAGES)) {
      const link = join(folder, "node_modules", name)
      mkdirSync(dirname(link), { recursive: true })
      symlinkSync(path, link, "dir")
    }
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function fencesOf(markdown: string): Fence[] {
  return [...markdown.matchAll(/^```(ts|js)(?: ([^\n]*))?\n(.*?)^```$/gms)].map((fence) => {
    const [, language, info = "", code] = fence
    const lines = markdown.slice(0, fence.index).split("\n")
    const before = lines.findLast((part) => part !== "") ?? ""
    return { line: lines.length, language: language as "ts" | "js", info, code: code!, before }
  })
}

async function moved(code: string, page: string, ports: Map<string, number>): Promise<string> {
  for (const [endpoint, port] of code.matchAll(/tcp:\/\/(?:127\.0\.0\.1|\*):(\d+)/g)) {
    const key = `${page} ${port}`
    if (!ports.has(key)) ports.set(key, await freePort())
    code = code.replace(endpoint, `tcp://${HOST}:${ports.get(key)}`)
  }
  return code
}

/** A program that runs the others, and writes a line of JSON for each that has ended. */
function runner(programs: readonly Program[]): string {
  const groups: number[][] = []
  for (const [index, { page, together }] of programs.entries()) {
    const last = programs[index - 1]
    if (together && last?.together && last.page === page) groups.at(-1)!.push(index)
    else groups.push([index])
  }
  return `
import { Console } from "node:console"
import { Writable } from "node:stream"
const printed = ${JSON.stringify(programs.map(() => ""))}
globalThis.consoles = printed.map((_, index) => new Console(new Writable({
  decodeStrings: false,
  write(text, _, done) { printed[index] += text; done() },
})))
async function run(index) {
  const error = await import("./" + index + ".mjs").then(() => undefined, (error) => error?.stack ?? String(error))
  process.stdout.write(JSON.stringify({ index, printed: printed[index], error }) + "\\n")
}
for (const group of ${JSON.stringify(groups)}) await Promise.all(group.map(run))
`
}

async function outcomes(programs: readonly Program[], folder: string, timeout: number): Promise<Map<Program, Outcome>> {
  const child = spawn(process.execPath, ["--no-warnings", "run.mjs"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    timeout,
  })
  const failures: string[] = []
  child.stderr.setEncoding("utf8").on("data", (piece: string) => failures.push(piece))
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve))
  const results = new Map<Program, Outcome>()
  for await (const line of createInterface(child.stdout)) {
    const { index, ...outcome } = JSON.parse(line) as Outcome & { index: number }
    results.set(programs[index]!, outcome)
  }
  const code = await ended
  if (code === 0) return results
  const at = programs.find((program) => !results.has(program))
  const where = at === undefined ? "after the last program: something is left open" : `at ${at.page}:${at.line}`
  throw new Error(`${code === null ? "did not end" : `ended with ${code}`} ${where}\n${failures.join("")}`)
}
