import { decode } from "@msgpack/msgpack"
import type { Message } from "../../src/index.js"

/** What happens to the blocks of a key-value cache. Blocks are named by their hashes. */
export type KvEvent =
  | {
      readonly type: "BlockStored"
      readonly blocks: string[]
      readonly parent: string | null
      readonly tokens: number[]
      readonly blockSize: number
    }
  | { readonly type: "BlockRemoved"; readonly blocks: string[] }
  | { readonly type: "AllBlocksCleared" }

export interface Batch {
  readonly sequence: number
  /** In seconds since 1970. */
  readonly time: number
  readonly events: KvEvent[]
}

/** A number of up to 64 bits, or bytes. */
type Hash = number | bigint | Uint8Array

/** As msgspec writes it: arrays, whose last elements may be missing or more than are known here. */
type Written =
  | ["BlockStored", blocks: Hash[], parent: Hash | null, tokens: number[], blockSize: number, ...unknown[]]
  | ["BlockRemoved", blocks: Hash[], ...unknown[]]
  | ["AllBlocksCleared", ...unknown[]]

/** `msgpack()` of `zmtp/msgpack` would do but for the hashes: JavaScript's numbers are too small for them. */
export function readBatch(sequence: number, payload: Message): Batch {
  const [time, events] = decode(payload, { useBigInt64: true }) as [number, Written[]]
  return { sequence, time, events: events.map(readEvent) }
}

function readEvent(event: Written): KvEvent {
  switch (event[0]) {
    case "BlockStored": {
      const [type, blocks, parent, tokens, blockSize] = event
      return { type, blocks: blocks.map(nameOf), parent: parent === null ? null : nameOf(parent), tokens, blockSize }
    }
    case "BlockRemoved":
      return { type: event[0], blocks: event[1].map(nameOf) }
    case "AllBlocksCleared":
      return { type: event[0] }
    default:
      throw new RangeError(`Unknown event ${String(event[0])}`)
  }
}

function nameOf(hash: Hash): string {
  return hash instanceof Uint8Array ? Buffer.from(hash).toString("hex") : String(hash)
}

/** Sequence numbers are 8 bytes, big-endian. */
export function writeNumber(sequence: number): Buffer {
  const frame = Buffer.alloc(8)
  frame.writeBigInt64BE(BigInt(sequence))
  return frame
}

export function readNumber(frame: Message): number {
  return Number(frame.readBigInt64BE())
}
