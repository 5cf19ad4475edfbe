import type { Frame } from "../zmtp/bytes.js"
import { MAX_TRANSMIT_WINDOW } from "./limits.js"
import { advance, distance } from "./sequence.js"

/** A packet that was sent. */
export interface Sent {
  readonly packet: Frame
  readonly at: number
  /** Whether it is queued to be repeated. */
  queued: boolean
  /** Time of the last confirmation or repair of this packet. */
  answered: number
}

/**
 * The packets that a sender can repeat (RFC 3208, section 5.1): those sent within the recovery interval, as far as
 * memory allows. A circular array by sequence number.
 */
export class TransmitWindow {
  #packets: (Sent | undefined)[] = new Array<Sent | undefined>(SMALLEST)
  /** Sequence number of the oldest stored packet. */
  #trail: number
  /** Sequence number of the next packet. */
  #next: number
  #bytes = 0

  constructor(
    first: number,
    /** Time for which packets are stored, in ms. */
    private readonly recoveryInterval: number,
    private readonly limit = MAX_TRANSMIT_WINDOW,
  ) {
    this.#trail = first
    this.#next = first
  }

  get trail(): number {
    return this.#trail
  }

  /** Sequence number of the last packet sent; one before `trail` if there is none. */
  get lead(): number {
    return advance(this.#next, -1)
  }

  /** Sequence number of the next packet. */
  get next(): number {
    return this.#next
  }

  get(sequence: number): Sent | undefined {
    if (distance(this.#trail, sequence) < 0 || distance(sequence, this.#next) <= 0) return undefined
    return this.#packets[sequence & (this.#packets.length - 1)]
  }

  /** Stores the packet with the sequence number `next`. */
  add(packet: Frame, now: number): void {
    if (distance(this.#trail, this.#next) >= this.#packets.length) this.#grow()
    this.#packets[this.#next & (this.#packets.length - 1)] = {
      packet,
      at: now,
      queued: false,
      answered: -Infinity,
    }
    this.#next = advance(this.#next, 1)
    this.#bytes += packet.length
  }

  /** Makes room for a packet of `bytes` by dropping packets that are too old or exceed the memory limit. */
  trim(bytes: number, now: number): void {
    for (;;) {
      const oldest = this.get(this.#trail)
      if (oldest === undefined) return
      if (now - oldest.at <= this.recoveryInterval && this.#bytes + bytes <= this.limit) return
      this.#packets[this.#trail & (this.#packets.length - 1)] = undefined
      this.#bytes -= oldest.packet.length
      this.#trail = advance(this.#trail, 1)
    }
  }

  #grow(): void {
    const packets = this.#packets
    const larger = new Array<Sent | undefined>(packets.length * 2)
    for (let sequence = this.#trail; sequence !== this.#next; sequence = advance(sequence, 1)) {
      larger[sequence & (larger.length - 1)] = packets[sequence & (packets.length - 1)]
    }
    this.#packets = larger
  }
}

const SMALLEST = 64
