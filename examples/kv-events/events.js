import { decode } from "@msgpack/msgpack"

/** `msgpack()` of `zmtp/msgpack` is not sufficient, because the hashes exceed the range of JavaScript's numbers. */
export function readBatch(sequence, payload) {
  const [time, events] = decode(payload, { useBigInt64: true })
  return { sequence, time, events: events.map(readEvent) }
}

function readEvent(event) {
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

function nameOf(hash) {
  return hash instanceof Uint8Array ? Buffer.from(hash).toString("hex") : String(hash)
}

/** Sequence numbers are 8 bytes, big-endian. */
export function writeNumber(sequence) {
  const frame = Buffer.alloc(8)
  frame.writeBigInt64BE(BigInt(sequence))
  return frame
}

export function readNumber(frame) {
  return Number(frame.readBigInt64BE())
}
