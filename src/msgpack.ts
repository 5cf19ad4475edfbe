/**
 * Typed messages in MessagePack. Requires the package `@msgpack/msgpack`.
 *
 * @module zmtp/msgpack
 */

import { decode, encode } from "@msgpack/msgpack"
import { onlyFrame, validated, type Codec } from "./sockets/codec.js"
import { checkStructure } from "./messaging/msgpack-structure.js"
import type { SchemaInput, SchemaOutput, StandardSchema } from "./sockets/standard-schema.js"

/**
 * A codec for MessagePack: one frame. Requires the package `@msgpack/msgpack`. With a schema, values are validated in both
 * directions, as in `json`. Truncated messages, and those that nest arrays and maps more than 512 levels deep, are a
 * BadMessageError.
 */
export function msgpack<T = unknown>(): Codec<T>
export function msgpack<S extends StandardSchema>(schema: S): Codec<SchemaOutput<S>, SchemaInput<S>>
export function msgpack(schema?: StandardSchema): Codec<unknown> {
  return schema === undefined ? MSGPACK : validated(MSGPACK, schema)
}

const MSGPACK: Codec<unknown> = {
  encode: (value) => encode(value),
  decode(frames) {
    const frame = onlyFrame(frames)
    checkStructure(frame)
    return decode(frame)
  },
}
