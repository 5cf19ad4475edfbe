// The `zmtp` command-line tool: one file per command, and the code that commands share.

import { createRequire } from "node:module"
import { context } from "../index.js"
import { closest, parse, UsageError, type Command } from "./command.js"
import { COMMANDS } from "./commands.js"
import { errorText } from "./error-text.js"
import { helpOf, overview } from "./help.js"
import { PROGRAM } from "./program.js"
import { outputWritten } from "./stdout.js"
import { useTransports } from "./transports.js"

/** Exit code for success and interruption. */
const OK = 0
const FAILED = 1
const MISUSED = 2

/** Runs one command line and returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv
  if (name === undefined || name === "--help" || name === "-h" || name === "help") return help(rest[0], name)
  if (name === "--version" || name === "-v") return print(`${versionOf()}\n`)
  const command = COMMANDS.find((command) => command.name === name)
  if (command === undefined) return unknownCommand(name)
  const options = rest.includes("--") ? rest.slice(0, rest.indexOf("--")) : rest
  if (options.includes("--help") || options.includes("-h")) return print(helpOf(command))
  return run(command, rest)
}

async function run(command: Command, argv: readonly string[]): Promise<number> {
  const controller = new AbortController()
  const interrupt = (): void => {
    // A second signal exits without waiting for delivery.
    if (controller.signal.aborted) process.exit(OK)
    controller.abort()
  }
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt)
  useOwnWarnings()
  // A reader that closes early, such as `head`, is not an error.
  process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => {
    if (code === "EPIPE") controller.abort()
  })
  try {
    const given = parse(command, argv, controller.signal)
    if (given.flag("quiet")) context.warnings = false
    useTransports(given)
    const code = await command.run(given)
    return typeof code === "number" ? code : OK
  } catch (error) {
    if (controller.signal.aborted || (error as NodeJS.ErrnoException).code === "EPIPE") return OK
    if (error instanceof UsageError) return misused(error.message, `${PROGRAM} ${command.name} --help`)
    process.stderr.write(`zmtp: ${errorText(error)}\n`)
    return FAILED
  } finally {
    // Do not wait for a reader of the output after an interruption.
    if (controller.signal.aborted && !(await outputWritten())) process.exit(OK)
    // From now on, a first interruption ends delivery. A second one still exits by itself, so that losses are counted.
    if (!controller.signal.aborted) process.off("SIGINT", interrupt).off("SIGTERM", interrupt)
    process.stdin.destroy()
  }
}

/** Prints process warnings in the same form as the command line's errors. */
function useOwnWarnings(): void {
  // With `--no-warnings`, Node has no listener.
  if (process.listenerCount("warning") === 0) return
  process.removeAllListeners("warning")
  process.on("warning", (warning: NodeJS.ErrnoException) => {
    // Failed handshakes are reported immediately.
    if (warning.code !== "ZMTP_HANDSHAKES_FAIL") process.stderr.write(`zmtp: ${errorText(warning)}\n`)
  })
}

function help(name: string | undefined, asked: string | undefined): number {
  const command = COMMANDS.find((command) => command.name === name)
  if (command !== undefined) return print(helpOf(command))
  if (asked === "help" && name !== undefined) return unknownCommand(name)
  const text = overview(COMMANDS)
  if (asked !== undefined) return print(text)
  process.stderr.write(text)
  return MISUSED
}

function unknownCommand(name: string): number {
  const similar = closest(
    name,
    COMMANDS.map(({ name }) => name),
  )
  return misused(
    `Unknown command '${name}'${similar === undefined ? "" : `; did you mean ${similar}?`}`,
    `${PROGRAM} --help`,
  )
}

/** The version of this package. The API's `version` is that of libzmq. */
function versionOf(): string {
  const manifest = createRequire(import.meta.url)("zmtp/package.json") as { version: string }
  return manifest.version
}

function print(text: string): number {
  process.stdout.write(text)
  return OK
}

function misused(message: string, hint: string): number {
  process.stderr.write(`zmtp: ${message}\nTry '${hint}'.\n`)
  return MISUSED
}
