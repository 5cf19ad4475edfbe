import fc from "fast-check"
import { MAX_GAPS, MAX_REPORTS, MAX_SOURCES, UNEARNED_REQUEST_RATE } from "../../src/pgm/limits.js"
import { readPacket } from "../../src/pgm/packet.js"
import { checksumOf } from "../../src/pgm/checksum.js"
import { receiver, sender, CAPTURED, CAPTURED_SESSION, GROUP, SOURCE } from "../support/pgm.js"
import { encodeNak, encodeSpm, PAYLOAD_AT, writeDataHeader } from "../../src/pgm/write-packet.js"
import { message } from "../support/messages.js"
import { mutate, mutation } from "./mutations.js"
import type { Target } from "./target.js"

const captured = [...CAPTURED.spms, ...CAPTURED.data, CAPTURED.pair, CAPTURED.heartbeat, CAPTURED.fin, CAPTURED.spmRequest, CAPTURED.nak, CAPTURED.nakList, CAPTURED.repair] // prettier-ignore

/** Sequence numbers near the beginning, near the end, and anywhere in between. */
const sequence = fc.oneof(
  fc.nat(20),
  fc.nat(20).map((back) => 0xffff_ffff - back),
  fc.nat(0xffff_ffff),
)
const session = fc.oneof(
  { weight: 9, arbitrary: fc.constant(CAPTURED_SESSION) },
  { weight: 1, arbitrary: fc.record({ gsi: fc.nat(3), sourcePort: fc.nat(3), sessionPort: fc.constant(5555) }) },
)

const data = fc
  .record({ session, sequence, trail: sequence, payload: fc.uint8Array({ maxLength: 40 }), repair: fc.boolean() })
  .map(({ session, sequence, trail, payload, repair }) => {
    const packet = Buffer.concat([Buffer.alloc(PAYLOAD_AT), payload])
    writeDataHeader(packet, session, sequence, trail)
    return repair ? sealed(packet, 5) : packet
  })

const spm = fc
  .record({ session, sequence, trail: sequence, lead: sequence, end: fc.constantFrom(undefined, "fin" as const) })
  .map(({ session, ...spm }) => Buffer.from(encodeSpm({ ...session, ...spm, path: SOURCE.address })))

const nak = fc
  .record({
    session,
    sequences: fc.array(sequence, { minLength: 1, maxLength: 63 }),
    kind: fc.constantFrom("nak" as const, "ncf" as const),
  })
  .map(({ session, ...nak }) => Buffer.from(encodeNak({ ...session, ...nak, source: SOURCE.address, group: GROUP })))

/** Modified copies of captured packets, with or without a correct checksum. */
const damaged = fc
  .tuple(fc.constantFrom(...captured), mutation, fc.boolean())
  .map(([packet, change, fits]) => (fits ? sealed(mutate(packet, change)) : mutate(packet, change)))

const packet = fc.oneof(
  data,
  data,
  spm,
  nak,
  damaged,
  fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
)

/** Time for which every alarm is handled separately, in ms. */
const BUSY = 400

/** A packet, a pause, or both. */
const step = fc.tuple(packet, fc.oneof(fc.constant(0), fc.nat(60), fc.nat(400_000)))

function sealed(packet: Buffer, type?: number): Buffer {
  if (packet.length < 8) return packet
  if (type !== undefined) packet[4] = type
  packet.writeUInt16BE(0, 6)
  packet.writeUInt16BE(checksumOf(packet), 6)
  return packet
}

function check(condition: boolean, what: string): void {
  if (!condition) throw new Error(what)
}

export const pgm: readonly Target[] = [
  {
    name: "PGM packets, whole and damaged, to the reader",
    weight: 30,
    property: () =>
      fc.property(packet, (bytes) => {
        const read = readPacket(bytes)
        check(read?.kind !== "data" || read.payload.length <= bytes.length, "More payload than packet")
      }),
  },
  {
    name: "PGM packets to a receiver, with time in between",
    weight: 20,
    property: () =>
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
        const sink = receiver({ maxMessageSize: 100 })
        let now = 0
        let [bytesIn, bytesOut] = [0, 0]
        for (const [bytes, pause] of steps) {
          sink.packet(bytes, SOURCE, now)
          bytesIn += bytes.length
          // At the beginning of a pause, handle each alarm when it is due.
          const busy = now + Math.min(pause, BUSY)
          while (sink.due < busy) sink.tick((now = Math.max(now + 1, sink.due)))
          now = Math.max(now, busy - Math.min(pause, BUSY) + pause)
          if (sink.due <= now) sink.tick(now)
          for (const request of sink.drain()) bytesOut += request.packet.length
          if (pause % 3 > 0) while (sink.receive() !== undefined);
        }
        while (sink.receive() !== undefined);
        let reports = 0
        while (sink.report() !== undefined) reports++
        check(sink.sources <= MAX_SOURCES && reports <= Math.min(MAX_REPORTS, 2 * MAX_GAPS), "Past a limit")
        // Packets can be forged, so the outgoing bytes are limited by the incoming bytes and by time.
        const unearned = (UNEARNED_REQUEST_RATE / 8) * (now + 1000)
        check(bytesOut <= bytesIn + unearned, `${bytesOut} bytes of requests for ${bytesIn} received in ${now} ms`)
      }),
  },
  {
    name: "PGM packets to a sender, with messages and time in between",
    weight: 20,
    property: () =>
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
        const source = sender({ rate: 10_000, recoveryInterval: 500 })
        let now = 0
        let packets = 0
        for (const [bytes, pause] of steps) {
          source.packet(bytes, now)
          now += pause
          if (source.writable) source.push(message(String(pause)), now)
          source.flush(now)
          if (source.due <= now) source.tick(now)
          packets += source.drain().length
        }
        // A request causes at most a confirmation, its repairs, and an SPM.
        check(packets <= steps.length * 70, "More packets than requests are worth")
      }),
  },
]
