import { printable } from "../protocol.js"

/** Maximum length of a printed error, in characters. */
const MOST = 1000

/** Formats an error message on one line, escaped, because peers and servers determine parts of it. */
export function errorText(error: unknown): string {
  return printable(error instanceof Error ? error.message : String(error), MOST)
}

/** Formats an error message, followed by its cause, if any. */
export function errorTextWithCause(error: Error): string {
  return error.cause instanceof Error ? `${errorText(error)}: ${errorText(error.cause)}` : errorText(error)
}
