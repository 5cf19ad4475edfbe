import { transform } from "esbuild"
import { execFile } from "node:child_process"
import { promisify } from "node:util"

const root = new URL("../../", import.meta.url)
const run = promisify(execFile)

export interface Snippet {
  readonly code: string
  /** What its comments say that it prints. */
  readonly printed: string
}

/** Every program of `markdown`, in order. */
export function snippetsOf(markdown: string): Snippet[] {
  return [...markdown.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code]) => ({
    code: code!,
    printed: [...code!.matchAll(/^\/\/ prints: (.*)$/gm)].map(([, line]) => `${line!}\n`).join(""),
  }))
}

/** What `code` prints, run in a process of its own on the package as built. */
export async function runProgram(code: string): Promise<string> {
  const program = await transform(code, { loader: "ts" })
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", program.code], { cwd: root })
  return stdout
}
