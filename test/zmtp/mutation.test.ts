import fc from "fast-check"
import { FrameDecoder } from "../../src/zmtp/frames/frame-decoder.js"
import { ProtocolError, RefusedError } from "../../src/zmtp/protocol-error.js"
import { SOCKET_TYPE_NAMES } from "../../src/zmtp/socket-types.js"
import { hex } from "../support/cuts.js"
import { converse, createEngine } from "../support/engines.js"
import { COMMAND, GREETING_3_0, GREETING_3_1, READY, READY_DEALER_AB } from "../support/vectors.js"

const RUNS = 2000

const traffic = fc.constantFrom(
  ...Object.values(COMMAND),
  hex("0000"),
  hex("000568656c6c6f"),
  hex("010000026869"),
  hex("020000000000000003616263"),
  hex("00020141"),
)

/** The data of a peer that follows the protocol, possibly truncated. */
const session = fc
  .tuple(
    fc.constantFrom(GREETING_3_0, GREETING_3_1),
    fc.constantFrom(...Object.values(READY), READY_DEALER_AB),
    fc.array(traffic, { maxLength: 6 }),
  )
  .map(([greeting, ready, frames]) => Buffer.concat([greeting, ready, ...frames]))

interface Mutation {
  readonly at: number
  readonly kind: "replace" | "insert" | "remove" | "truncate"
  readonly bytes: Uint8Array
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat(300),
  kind: fc.constantFrom("replace", "insert", "remove", "truncate"),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 9 }),
})

function mutate(bytes: Buffer, { at, kind, bytes: change }: Mutation): Buffer {
  const before = bytes.subarray(0, at)
  if (kind === "truncate") return before
  const kept = kind === "insert" ? at : at + change.length
  return Buffer.concat(kind === "remove" ? [before, bytes.subarray(kept)] : [before, change, bytes.subarray(kept)])
}

function chunksOf(bytes: Buffer, positions: readonly number[]): Buffer[] {
  const ends = [...positions.filter((position) => position < bytes.length).sort((a, b) => a - b), bytes.length]
  return ends.map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end))
}

const positions = fc.array(fc.nat(300), { maxLength: 8 })
const socketType = fc.constantFrom(...SOCKET_TYPE_NAMES)

/** Rethrows any error that data from a peer must not cause. */
function survives(attempt: () => unknown): void {
  try {
    attempt()
  } catch (error) {
    if (!(error instanceof ProtocolError || error instanceof RefusedError)) throw error
  }
}

describe("arbitrary input to the engine", () => {
  it("throws only ProtocolError and RefusedError for a session with errors", () => {
    fc.assert(
      fc.property(socketType, session, fc.array(mutation, { maxLength: 4 }), positions, (type, bytes, faults, cuts) => {
        survives(() =>
          converse(createEngine(type, { maxMessageSize: 1000 }), chunksOf(faults.reduce(mutate, bytes), cuts)),
        )
      }),
      { numRuns: RUNS },
    )
  })

  it("throws nothing else for a READY with errors in its properties", () => {
    const faulty = fc.tuple(fc.constantFrom(...Object.values(READY)), fc.uint8Array({ maxLength: 60 }))
    fc.assert(
      fc.property(socketType, faulty, positions, (type, [ready, bytes], cuts) => {
        const body = Buffer.concat([ready.subarray(2), bytes])
        const frame = Buffer.concat([Buffer.of(0x04, body.length), body])
        survives(() => converse(createEngine(type), chunksOf(Buffer.concat([GREETING_3_1, frame]), cuts)))
      }),
      { numRuns: RUNS },
    )
  })

  it("throws nothing else for any bytes after a greeting", () => {
    fc.assert(
      fc.property(socketType, fc.uint8Array({ maxLength: 300 }), positions, (type, bytes, cuts) => {
        survives(() => converse(createEngine(type), chunksOf(Buffer.concat([GREETING_3_1, bytes]), cuts)))
      }),
      { numRuns: RUNS },
    )
  })

  it("throws nothing else for any bytes at all", () => {
    fc.assert(
      fc.property(socketType, fc.uint8Array({ maxLength: 300 }), positions, (type, bytes, cuts) => {
        survives(() => converse(createEngine(type), chunksOf(Buffer.from(bytes), cuts)))
      }),
      { numRuns: RUNS },
    )
  })

  it("returns the same frames for any bytes, however they are split", () => {
    const read = (chunks: readonly Buffer[]): string[] => {
      const decoder = new FrameDecoder()
      decoder.limit = 1000
      const frames: string[] = []
      survives(() => {
        for (const chunk of chunks) {
          decoder.push(chunk)
          while (decoder.next()) frames.push(`${decoder.flags} ${Buffer.from(decoder.body).toString("hex")}`)
        }
      })
      return frames
    }
    // Small numbers produce many short frames.
    const small = fc.array(fc.oneof(fc.constantFrom(0, 1, 2, 4), fc.nat(255)), { maxLength: 200 })
    fc.assert(
      fc.property(small, positions, (bytes, cuts) => {
        const whole = Buffer.from(bytes)
        const [expected, found] = [read([whole]), read(chunksOf(whole, cuts))]
        return expected.join() === found.join()
      }),
      { numRuns: RUNS },
    )
  })
})
