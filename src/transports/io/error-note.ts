import { HangUpError } from "../../core/errors.js"
import { IncompatiblePeerError, LimitError, ProtocolError, RefusedError } from "../../zmtp/protocol-error.js"

/** An error as it is sent to another thread, because structured clones lose its class and its own properties. */
export interface ErrorNote {
  /** Name of a class in `CLASSES`; `undefined` for all others, which arrive as `Error`. */
  readonly type: string | undefined
  readonly message: string
  readonly stack: string | undefined
  /** The error's own properties with primitive values. */
  readonly properties: Readonly<Record<string, Primitive>>
  readonly cause?: ErrorNote
}

type Primitive = string | number | boolean

/** Classes that are restored, the more specific ones first. */
const CLASSES: readonly { readonly name: string; readonly prototype: Error }[] = [
  LimitError,
  IncompatiblePeerError,
  ProtocolError,
  RefusedError,
  HangUpError,
]

/** Maximum length of a chain of causes. */
const MAX_CAUSES = 8

export function encodeError(error: unknown, depth = 0): ErrorNote {
  if (!(error instanceof Error)) return { type: undefined, message: String(error), stack: undefined, properties: {} }
  const properties: Record<string, Primitive> = {}
  for (const [name, value] of Object.entries(error)) if (isPrimitive(value)) properties[name] = value
  const { message, stack, cause } = error
  const type = CLASSES.find(({ prototype }) => Object.prototype.isPrototypeOf.call(prototype, error))?.name
  const note = { type, message, stack, properties }
  return cause === undefined || depth === MAX_CAUSES ? note : { ...note, cause: encodeError(cause, depth + 1) }
}

export function decodeError({ type, message, stack, properties, cause }: ErrorNote): Error {
  const error = cause === undefined ? new Error(message) : new Error(message, { cause: decodeError(cause) })
  const found = CLASSES.find(({ name }) => name === type)
  if (found !== undefined) Object.setPrototypeOf(error, found.prototype)
  if (stack !== undefined) Object.defineProperty(error, "stack", { value: stack, configurable: true, writable: true })
  return Object.assign(error, properties)
}

function isPrimitive(value: unknown): value is Primitive {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
}
