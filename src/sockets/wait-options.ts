import { kindOf, zmqError } from "../core/errors.js"

/** Options of one call of `send` or `receive`. */
export interface WaitOptions {
  /** Cancels the call, which rejects with the signal's reason. A message that is already queued stays queued. */
  signal?: AbortSignal | undefined
  /** How long to wait, in ms, instead of `sendTimeout` or `receiveTimeout`; -1 means no limit. */
  timeout?: number | undefined
}

/** Uses the options of the socket. */
export const DEFAULT_WAIT: WaitOptions = Object.freeze({ signal: undefined, timeout: undefined })

/**
 * Reads each member of `options` once, and validates it. Call it before anything is registered: a call that is rejected
 * after it was queued would take a message that nobody receives.
 * @throws TypeError for a value of the wrong type; ZmqError EINVAL for a timeout out of range.
 */
export function readWaitOptions(options: WaitOptions): WaitOptions {
  const { signal, timeout } = options
  if (signal === undefined && timeout === undefined) return DEFAULT_WAIT
  checkSignal(signal)
  checkTimeout(timeout)
  return { signal, timeout }
}

/**
 * Checks the members of a signal instead of its class, because it may come from another realm or a polyfill. @throws
 * TypeError
 */
export function checkSignal(signal: unknown): asserts signal is AbortSignal | undefined {
  if (signal === undefined) return
  const { aborted, addEventListener, removeEventListener } = (signal ?? {}) as Partial<AbortSignal>
  if (typeof aborted === "boolean" && typeof addEventListener === "function") {
    if (typeof removeEventListener === "function") return
  }
  throw new TypeError(`Invalid signal: expected an AbortSignal, got ${kindOf(signal)}`)
}

/** @throws TypeError; ZmqError EINVAL */
export function checkTimeout(timeout: unknown): asserts timeout is number | undefined {
  if (timeout === undefined || timeout === null) return
  if (typeof timeout !== "number") {
    throw new TypeError(`Invalid timeout: expected a number of milliseconds, got ${kindOf(timeout)}`)
  }
  if (timeout >= 0 || timeout === -1) return
  throw zmqError("EINVAL", {
    message: `Invalid timeout ${timeout}: expected at least 0 ms, or -1 for no limit`,
  })
}
