import type { Frame } from "../zmtp/bytes.js"
import { MAX_TRANSMIT_WINDOW } from "./limits.js"
import { advance, distance } from "./sequence.js"

/** A packet that was sent. */
export interface Sent {
  readonly packet: Frame
  readonly at: number
  /** It waits to be repeated. */
  queued: boolean
  /** When a request for it was answered last, by a confirmation or by itself. */
  answered: number
}

/**
 * The packets that a sender can repeat (RFC 3208, section 5.1): those of the recovery interval, as far as there is
 * memory. A circular array by sequence number.
 */
export class TransmitWindow {
  #packets: (Sent | undefined)[] = new Array<Sent | undefined>(SMALLEST)
  /** The oldest packet that is kept. */
  #trail: number
  /** The packet that comes next. */
  #next: number
  #bytes = 0

  constructor(
    first: number,
    /** How long packets are kept, in ms. */
    private readonly recoveryInterval: number,
    private readonly limit = MAX_TRANSMIT_WINDOW,
  ) {
    this.#trail = first
    this.#next = first
  }

  get trail(): number {
    return this.#trail
  }

  /** The packet that was sent last: one before `trail` when there is none. */
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

  /** Keeps the packet with the sequence number `next`. */
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

  /** Makes room for a packet of `bytes`: drops what is too old, and what there is no memory for. */
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
