import { describe } from "../core/errors.js"
import { printable } from "../zmtp/printable.js"
import type { Message, MessageLike } from "./message.js"
import { validate, type SchemaInput, type SchemaOutput, type StandardSchema } from "./standard-schema.js"

/**
 * Converts values to messages and back. `T` is the type of received values, `U` that of sent values.
 *
 * ```ts
 * const integers: Codec<number> = {
 *   encode: (value) => String(value),
 *   decode: ([frame]) => Number(frame),
 * }
 * const view = new Push().with(integers)
 * ```
 */
export interface Codec<T, U = T> {
  /** Converts a value to one frame or several. An error that it throws is thrown by `send`. */
  encode(value: U): MessageLike | MessageLike[]
  /** Converts the frames of a message to a value. It throws if they are not a valid message. */
  decode(frames: Message[]): T
}

/** A received message could not be decoded. The socket remains usable, and later messages are not affected. */
export class BadMessageError extends Error {
  /** Always `"BadMessageError"`. */
  override readonly name = "BadMessageError"
  /** Always `"EBADMSG"`. */
  readonly code = "EBADMSG"

  /**
   * @param frames The frames of the whole message, including its topic or routing id.
   * @param cause The error that the codec threw.
   */
  constructor(
    readonly frames: Message[],
    cause: unknown,
  ) {
    super(`Cannot decode message: ${printable(messageOf(cause))}`, { cause })
  }
}

/**
 * Returns the message of a thrown value. Errors are recognized by their properties, because they may come from another
 * realm.
 */
function messageOf(cause: unknown): string {
  const { message } = (cause ?? {}) as { message?: unknown }
  return typeof message === "string" ? message : describe(cause)
}

/** A codec for text: one frame of UTF-8. Invalid UTF-8 is a BadMessageError. */
export const text: Codec<string> = {
  encode: (value) => value,
  decode: (frames) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(onlyFrame(frames)),
}

/**
 * A codec for JSON: one frame. With a schema, values are validated in both directions: `send` throws SchemaError, and a
 * received message that does not match is a BadMessageError.
 */
export function json<T = unknown>(): Codec<T>
export function json<S extends StandardSchema>(schema: S): Codec<SchemaOutput<S>, SchemaInput<S>>
export function json(schema?: StandardSchema): Codec<unknown> {
  return schema === undefined ? JSON_CODEC : validated(JSON_CODEC, schema)
}

/** `JSON.stringify` with its actual type: it returns `undefined` for functions and `undefined`. */
const stringify: (value: unknown) => string | undefined = JSON.stringify

const JSON_CODEC: Codec<unknown> = {
  encode(value) {
    const encoded = stringify(value)
    if (encoded === undefined) throw new TypeError(`Cannot encode ${typeof value} as JSON`)
    return encoded
  },
  decode: (frames) => JSON.parse(text.decode(frames)) as unknown,
}

/** `codec` for values that match `schema`. Values are sent as given, and received as the schema returns them. */
export function validated<S extends StandardSchema>(
  codec: Codec<unknown>,
  schema: S,
): Codec<SchemaOutput<S>, SchemaInput<S>> {
  return {
    encode(value) {
      validate(schema, value)
      return codec.encode(value)
    },
    decode: (frames) => validate(schema, codec.decode(frames)),
  }
}

/** Returns the only frame of a message. @throws RangeError if it has several. */
export function onlyFrame(frames: readonly Message[]): Message {
  if (frames.length !== 1) throw new RangeError(`Expected one frame, got ${frames.length}`)
  return frames[0]!
}
