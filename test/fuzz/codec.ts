import fc from "fast-check"
import type { Engine } from "../../src/zmtp/engine.js"
import { FrameDecoder } from "../../src/zmtp/frames/frame-decoder.js"
import { LegacyFrameDecoder } from "../../src/zmtp/frames/legacy-frame.js"
import { SOCKET_TYPE_NAMES } from "../../src/zmtp/socket-types.js"
import { hex } from "../support/cuts.js"
import { converse, createEngine } from "../support/engines.js"
import { COMMAND, GREETING_3_0, GREETING_3_1, READY, READY_DEALER_AB } from "../support/vectors.js"
import { chunksOf, mutate, mutation, places, survives } from "./mutations.js"
import type { Target } from "./target.js"

const socketType = fc.constantFrom(...SOCKET_TYPE_NAMES.filter((type) => type !== "STREAM"))
const frame = fc.constantFrom(
  ...Object.values(COMMAND),
  hex("0000"),
  hex("000568656c6c6f"),
  hex("010000026869"),
  hex("020000000000000003616263"),
  hex("00020141"),
)

/** Data of a peer that follows the protocol: ZMTP 3.1, 3.0, 2.0, and 1.0. */
const session = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(GREETING_3_0, GREETING_3_1),
      fc.constantFrom(...Object.values(READY), READY_DEALER_AB),
      fc.array(frame, { maxLength: 8 }),
    )
    .map(([greeting, ready, frames]) => Buffer.concat([greeting, ready, ...frames])),
  fc.array(frame, { maxLength: 8 }).map((frames) => Buffer.concat([hex("ff00000000000000017f 01 05 0000"), ...frames])),
  fc
    .array(fc.constantFrom(hex("0100"), hex("0401616263"), hex("03006869")), { maxLength: 8 })
    .map((frames) => Buffer.concat([hex("0100"), ...frames])),
)

function decodeAll(decoder: FrameDecoder | LegacyFrameDecoder, chunks: readonly Buffer[]): string {
  decoder.limit = 1000
  const frames: string[] = []
  const whole = survives(() => {
    for (const chunk of chunks) {
      decoder.push(chunk)
      while (decoder.next()) frames.push(`${decoder.flags} ${Buffer.from(decoder.body).toString("hex")}`)
    }
  })
  return `${frames.join()} ${whole}`
}

/** Small numbers produce many short frames. */
const headers = fc.array(fc.oneof(fc.constantFrom(0, 1, 2, 4, 0xff), fc.nat(255)), { maxLength: 200 })

export const codec: readonly Target[] = [
  {
    name: "an engine and a session with faults in it",
    weight: 30,
    property: () =>
      fc.property(socketType, session, fc.array(mutation, { maxLength: 4 }), places, (type, bytes, faults, cuts) => {
        const engine = createEngine(type, { maxMessageSize: 1000, maxMultipartSize: 2000 })
        survives(() => converse(engine, chunksOf(faults.reduce(mutate, bytes), cuts)))
      }),
  },
  {
    name: "an engine and any bytes",
    weight: 10,
    property: () =>
      fc.property(socketType, fc.boolean(), fc.uint8Array({ maxLength: 300 }), places, (type, greets, bytes, cuts) => {
        const said = Buffer.concat([greets ? GREETING_3_1 : Buffer.alloc(0), bytes])
        survives(() => converse(createEngine(type), chunksOf(said, cuts)))
      }),
  },
  {
    name: "frames of any bytes, the same however they are split",
    weight: 15,
    property: () =>
      fc.property(headers, places, fc.boolean(), (bytes, cuts, old) => {
        const whole = Buffer.from(bytes)
        const create = (): FrameDecoder | LegacyFrameDecoder => (old ? new LegacyFrameDecoder() : new FrameDecoder())
        return decodeAll(create(), [whole]) === decodeAll(create(), chunksOf(whole, cuts))
      }),
  },
  {
    name: "messages through two engines, the same at the other end",
    weight: 10,
    property: () =>
      fc.property(
        fc.array(fc.array(fc.uint8Array({ maxLength: 400 }), { minLength: 1, maxLength: 5 }), { maxLength: 10 }),
        places,
        (messages, cuts) => {
          const [near, far] = [createEngine("PUSH"), createEngine("PULL")]
          exchange(near, far)
          for (const message of messages) near.write(message.map((bytes) => Buffer.from(bytes)))
          const received = converse(far, chunksOf(Buffer.concat(near.drain()), cuts))
          return show(received) === show(messages)
        },
      ),
  },
]

/** Completes the handshake between two engines. */
export function exchange(near: Engine, far: Engine): void {
  for (let round = 0; round < 8 && !(near.state === "traffic" && far.state === "traffic"); round++) {
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      const bytes = Buffer.concat(from.drain())
      if (bytes.length > 0) converse(to, [bytes])
    }
  }
}

function show(messages: readonly (readonly Uint8Array[])[]): string {
  return messages.map((frames) => frames.map((bytes) => Buffer.from(bytes).toString("hex")).join()).join(";")
}
