import { describe } from "../core/errors.js"
import { printable } from "../zmtp/printable.js"
import type { MessageLike } from "./message.js"
import type { Message } from "./standard-sockets.js"
import { validate, type SchemaInput, type SchemaOutput, type StandardSchema } from "./standard-schema.js"

/** Turns values into messages and back. `T` is what is received, `U` what is sent. */
export interface Codec<T, U = T> {
  /** One frame, or several. What it throws, `send` throws. */
  encode(value: U): MessageLike | MessageLike[]
  /** Throws when the frames are none of its messages. */
  decode(frames: Message[]): T
}

/** A message that a codec could not read. The socket is well, and the next message may be good. */
export class BadMessageError extends Error {
  override readonly name = "BadMessageError"
  readonly code = "EBADMSG"

  /**
   * @param frames The whole message as it came, topic or routing id included.
   * @param cause What the codec threw.
   */
  constructor(
    readonly frames: Message[],
    cause: unknown,
  ) {
    super(`Message cannot be read: ${printable(messageOf(cause))}`, { cause })
  }
}

/** Errors are known by what they have: they may come from another realm. */
function messageOf(cause: unknown): string {
  const { message } = (cause ?? {}) as { message?: unknown }
  return typeof message === "string" ? message : describe(cause)
}

/** UTF-8, one frame. What is not UTF-8 is a bad message. */
export const text: Codec<string> = {
  encode: (value) => value,
  decode: (frames) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(onlyFrame(frames)),
}

/**
 * JSON, one frame. With a schema values are checked both ways: `send` throws SchemaError, and a message that does not
 * fit is a bad one.
 */
export function json<T = unknown>(): Codec<T>
export function json<S extends StandardSchema>(schema: S): Codec<SchemaOutput<S>, SchemaInput<S>>
export function json(schema?: StandardSchema): Codec<unknown> {
  return schema === undefined ? JSON_CODEC : validated(JSON_CODEC, schema)
}

/** With the type that it has: there is no JSON for functions and `undefined`. */
const stringify: (value: unknown) => string | undefined = JSON.stringify

const JSON_CODEC: Codec<unknown> = {
  encode(value) {
    const encoded = stringify(value)
    if (encoded === undefined) throw new TypeError(`Cannot encode ${typeof value} as JSON`)
    return encoded
  },
  decode: (frames) => JSON.parse(text.decode(frames)) as unknown,
}

/** `codec` for values that `schema` accepts: what is sent goes as it was given, what is received as the schema makes it. */
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

/** The frame of a message that has one. @throws RangeError when it has more. */
export function onlyFrame(frames: readonly Message[]): Message {
  if (frames.length !== 1) throw new RangeError(`Expected one frame, got ${frames.length}`)
  return frames[0]!
}
