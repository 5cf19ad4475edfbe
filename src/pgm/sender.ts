import { Ring } from "../core/ring.js"
import { allocate, type Frame, type Multipart } from "../zmtp/bytes.js"
import { MAX_REPAIRS, REPAIR_HOLDOFF, REQUESTED_SPM_INTERVAL } from "./limits.js"
import { MessageWriter, OFFSET_SIZE } from "./message-writer.js"
import { readPacket, type Nak, type SessionId } from "./packet.js"
import { RateLimiter } from "./rate-limiter.js"
import { SpmSchedule } from "./spm-schedule.js"
import { TransmitWindow } from "./transmit-window.js"
import { encodeNak, encodeSpm, PAYLOAD_AT, repairOf, writeDataHeader } from "./write-packet.js"

export interface SenderOptions {
  readonly session: SessionId
  /** IP address to which NAKs are sent, in canonical form. */
  readonly path: string
  /** IP address of the multicast group, in canonical form. */
  readonly group: string
  /** Rate limit in kbit/s, including IP headers. */
  readonly rate: number
  /** Time during which packets can be repaired, in ms. */
  readonly recoveryInterval: number
  /** Maximum size of a packet, including IP and UDP headers, in bytes. */
  readonly maxPacket: number
}

/** Number of times that the beginning and the end of a session are announced, because packets may be lost. */
const ANNOUNCEMENTS = 3

/** Size of the IP and UDP headers of a packet, in bytes. */
export function ipHeaders(address: string): number {
  return (address.includes(":") ? 40 : 20) + 8
}

/** Minimum `maxPacket` for a group: a packet has at least one byte of a message. */
export function leastPacket(address: string): number {
  return ipHeaders(address) + PAYLOAD_AT + OFFSET_SIZE + 1
}

/**
 * The sending side of PGM (RFC 3208, sections 4.1 and 5): takes messages and returns packets. It uses no sockets and no
 * timers: call `tick` at the time `due`. Times are in ms on the caller's clock.
 */
export class Sender {
  readonly #options: SenderOptions
  readonly #headers: number
  /** Maximum size of an APDU, in bytes. */
  readonly #capacity: number
  readonly #writer = new MessageWriter()
  readonly #window: TransmitWindow
  readonly #limiter: RateLimiter
  readonly #spms: SpmSchedule
  readonly #repairs = new Ring<number>()
  /** Whether to send a repair next if both data and repairs are queued. They alternate. */
  #repairNext = true
  #spmSequence = 0
  /** Time at which a requested SPM may be sent; `Infinity` if none was requested. */
  #spmRequested = Infinity
  #lastSpm = -Infinity
  #lastSent = -Infinity
  /** Whether to send queued data even if it does not fill a packet. */
  #flushing = false
  /** Time at which the rate limit allows the next packet; `Infinity` if none is queued. */
  #released = Infinity
  #packets: Frame[] = []

  constructor(options: SenderOptions, now: number) {
    this.#options = options
    this.#headers = ipHeaders(options.group)
    this.#capacity = options.maxPacket - this.#headers - PAYLOAD_AT
    this.#window = new TransmitWindow(0, options.recoveryInterval)
    this.#limiter = new RateLimiter(options.rate, options.maxPacket, now)
    this.#spms = new SpmSchedule(now)
  }

  /** Whether `push` may be called: less than one packet is queued. */
  get writable(): boolean {
    return this.#writer.length < this.#capacity - OFFSET_SIZE
  }

  /** Whether messages, or parts of them, are waiting for the rate limit or for `flush`. */
  get pending(): boolean {
    return this.#writer.length > 0
  }

  /** Whether receivers can request any packets. */
  get repairable(): boolean {
    return this.#window.trail !== this.#window.next
  }

  /** Time of the last data packet or repair; `-Infinity` before the first. */
  get lastSent(): number {
    return this.#lastSent
  }

  /** Time at which `tick` must be called; `Infinity` for never. */
  get due(): number {
    return Math.min(this.#spms.due, this.#released, this.#spmRequested)
  }

  /** Announces the session. */
  start(now: number): void {
    for (let count = 0; count < ANNOUNCEMENTS; count++) this.#announce(now)
  }

  /** Queues a message, and sends full packets. */
  push(message: Multipart, now: number): void {
    this.#writer.push(message)
    this.#transmit(now)
  }

  /** Sends all queued data, even if it does not fill a packet. */
  flush(now: number): void {
    this.#flushing = this.pending
    this.#transmit(now)
  }

  /** Handles a packet from a receiver. Returns false if it is not for this session or not for a sender. */
  packet(bytes: Frame, now: number): boolean {
    const packet = readPacket(bytes)
    if (packet === undefined || (packet.kind !== "nak" && packet.kind !== "spmr")) return false
    const { gsi, sourcePort, sessionPort } = this.#options.session
    if (packet.gsi !== gsi || packet.sourcePort !== sourcePort || packet.sessionPort !== sessionPort) return false
    if (packet.kind === "spmr") this.#requestSpm(now)
    else if (packet.source === this.#options.path && packet.group === this.#options.group) this.#nak(packet, now)
    return true
  }

  /** Performs all actions that are due. */
  tick(now: number): void {
    if (this.#spms.due <= now || this.#spmRequested <= now) this.#announce(now)
    this.#transmit(now)
  }

  /** Ends the session. No repairs are possible afterward. */
  end(now: number): void {
    for (let count = 0; count < ANNOUNCEMENTS; count++) this.#announce(now, "fin")
  }

  /** Takes the packets to send to the group since the last call. */
  drain(): readonly Frame[] {
    const packets = this.#packets
    this.#packets = []
    return packets
  }

  /** Sends repairs and data as far as the rate limit allows. */
  #transmit(now: number): void {
    this.#released = Infinity
    for (;;) {
      const hasData = this.#flushing || !this.writable
      const sequence = this.#repairs.peek()
      if (!hasData && sequence === undefined) return
      const repairs = sequence !== undefined && (this.#repairNext || !hasData)
      const size = repairs ? this.#repairSize(sequence) : this.#dataSize()
      if (!this.#limiter.take(size, now)) {
        this.#released = this.#limiter.readyAt(size)
        return
      }
      this.#repairNext = !repairs
      this.#lastSent = now
      if (repairs) this.#repair(now)
      else this.#sendData(size - this.#headers, now)
    }
  }

  #dataSize(): number {
    return this.#headers + PAYLOAD_AT + Math.min(this.#capacity, OFFSET_SIZE + this.#writer.length)
  }

  #sendData(size: number, now: number): void {
    const packet = allocate(size)
    this.#writer.write(packet.subarray(PAYLOAD_AT))
    this.#flushing &&= this.pending
    this.#window.trim(size, now)
    writeDataHeader(packet, this.#options.session, this.#window.next, this.#window.trail)
    this.#window.add(packet, now)
    this.#packets.push(packet)
    this.#spms.dataSent(now)
  }

  /** Size of a repair; 0 for a packet that is no longer stored, so that skipping it uses no bandwidth. */
  #repairSize(sequence: number): number {
    const sent = this.#window.get(sequence)
    return sent === undefined ? 0 : sent.packet.length + this.#headers
  }

  #repair(now: number): void {
    const sent = this.#window.get(this.#repairs.shift()!)
    if (sent === undefined) return
    sent.queued = false
    sent.answered = now
    this.#packets.push(repairOf(sent.packet, this.#window.trail))
    this.#spms.dataSent(now)
  }

  /** Confirms requested packets that can be repaired (RFC 3208, section 5.3), and queues their repairs. */
  #nak({ sequences }: Nak, now: number): void {
    const { session, path, group } = this.#options
    const confirmed: number[] = []
    let missed = false
    for (const sequence of sequences) {
      const sent = this.#window.get(sequence)
      if (sent === undefined) {
        missed = true
        continue
      }
      if (now - sent.answered < REPAIR_HOLDOFF) continue
      if (!sent.queued) {
        if (this.#repairs.length >= MAX_REPAIRS) continue
        sent.queued = true
        this.#repairs.push(sequence)
      }
      sent.answered = now
      confirmed.push(sequence)
    }
    // The SPM informs the receiver that these packets cannot be repaired.
    if (missed) this.#requestSpm(now)
    if (confirmed.length === 0) return
    this.#emit(encodeNak({ kind: "ncf", ...session, sequences: confirmed, source: path, group }), now)
    this.#transmit(now)
  }

  #requestSpm(now: number): void {
    this.#spmRequested = Math.min(this.#spmRequested, Math.max(now, this.#lastSpm + REQUESTED_SPM_INTERVAL))
    if (this.#spmRequested <= now) this.#announce(now)
  }

  #announce(now: number, end?: "fin"): void {
    const { session, path } = this.#options
    const sequence = this.#spmSequence
    this.#spmSequence = (sequence + 1) >>> 0
    this.#window.trim(0, now)
    const { trail, lead } = this.#window
    this.#emit(encodeSpm({ ...session, sequence, trail, lead, path, end }), now)
    this.#spms.spmSent(now)
    this.#spmRequested = Infinity
    this.#lastSpm = now
  }

  /** Sends a control packet immediately. It counts against the rate limit. */
  #emit(packet: Frame, now: number): void {
    this.#limiter.force(packet.length + this.#headers, now)
    this.#packets.push(packet)
  }
}
