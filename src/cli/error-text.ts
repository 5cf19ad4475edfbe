import { printable } from "../protocol.js"

/** Maximum length of a printed error, in characters. */
const MOST = 1000

/** The error message on one line, escaped, because peers and servers choose parts of it. */
export function errorText(error: unknown): string {
  return printable(error instanceof Error ? error.message : String(error), MOST)
}

/** The same, followed by the cause if there is one. */
export function errorTextWithCause(error: Error): string {
  return error.cause instanceof Error ? `${errorText(error)}: ${errorText(error.cause)}` : errorText(error)
}
