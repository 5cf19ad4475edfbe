import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { TYPESCRIPT } from "./runtime.js"

const root = new URL("../../", import.meta.url)

/** Runs an example to its end, with one command as a reader would; its lines, or an error with what it has said. */
export async function runExample(name: string, ...args: string[]): Promise<string[]> {
  const program = new URL(`examples/${name}/main.ts`, root).pathname
  const { stdout } = await promisify(execFile)(process.execPath, [...TYPESCRIPT, program, ...args], {
    cwd: root,
    timeout: 90_000,
    killSignal: "SIGKILL",
  })
  return stdout.trimEnd().split("\n")
}
