import { printable } from "../protocol.js"

/** Most characters of an error that are shown. */
const MOST = 1000

/** What is wrong, on one line. Peers and servers choose some of the words. */
export function errorText(error: unknown): string {
  return printable(error instanceof Error ? error.message : String(error), MOST)
}

/** The same, with the cause, which is what is known beyond the words of an event. */
export function errorTextWithCause(error: Error): string {
  return error.cause instanceof Error ? `${errorText(error)}: ${errorText(error.cause)}` : errorText(error)
}
