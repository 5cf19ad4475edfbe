import type { Gap, Gaps } from "./gaps.js"
import { MAX_RECEIVE_WINDOW, PACKET_OVERHEAD } from "./limits.js"
import type { Data } from "./packet.js"
import { advance, distance, type SequenceRange } from "./sequence.js"

/** Memory for waiting packets that the sources of one receiver share. */
export class ReceiveMemory {
  /** Bytes in use. */
  used = 0

  get full(): boolean {
    return this.used >= MAX_RECEIVE_WINDOW
  }
}

/** Outcome for a packet. A `refused` one can be repaired later. */
export type Insertion = "new" | "repaired" | "duplicate" | "refused"

/**
 * Puts the packets of one source in order (RFC 3208, section 6.3). Packets wait here behind missing ones, and for an
 * application that is slow.
 */
export class ReceiveWindow {
  /** The next packet to be taken. */
  #next: number
  /** One past the newest packet that is known of. */
  #end: number
  /** The packet `#next`, if it is there: packets in order are never in `#waiting`. */
  #head: Data | undefined
  readonly #waiting = new Map<number, Data>()

  constructor(
    /** The first packet that is wanted. */
    start: number,
    readonly gaps: Gaps,
    private readonly memory: ReceiveMemory,
    /** What packets that are found missing begin as. */
    private readonly missed: (range: SequenceRange, now: number) => Gap,
  ) {
    this.#next = start
    this.#end = start
  }

  /** Whether packets wait to be taken, or to be given up. */
  get ready(): boolean {
    return this.#head !== undefined || this.#lostHead !== undefined
  }

  insert(data: Data, now: number): Insertion {
    const { sequence } = data
    if (distance(this.#next, sequence) < 0) return "duplicate"
    if (distance(this.#end, sequence) < 0) {
      if (!this.gaps.has(sequence)) return "duplicate"
      if (!this.#hasRoom(sequence) || !this.gaps.remove(sequence)) return "refused"
      this.#keep(data)
      return "repaired"
    }
    if (!this.#hasRoom(sequence)) return "refused"
    if (sequence !== this.#end && !this.extend(advance(sequence, -1), now)) return "refused"
    this.#end = advance(sequence, 1)
    this.#keep(data)
    return "new"
  }

  /** The source has sent everything up to `lead`: what did not arrive is missing. False when there is no room for that. */
  extend(lead: number, now: number): boolean {
    if (distance(this.#end, lead) < 0) return true
    if (this.gaps.full) return false
    this.gaps.append(this.missed({ first: this.#end, last: lead }, now))
    this.#end = advance(lead, 1)
    return true
  }

  /** The source no longer repairs anything before `trail`. */
  retire(trail: number, now: number): void {
    this.extend(advance(trail, -1), now)
    const first = this.gaps.first()
    if (first === undefined || distance(first.first, trail) <= 0) return
    this.gaps.updateRange({ first: first.first, last: advance(trail, -1) }, toLost)
  }

  /** The next packet in order, or `undefined` while it is missing. */
  take(): Data | undefined {
    const data = this.#head
    if (data === undefined) return undefined
    this.memory.used -= costOf(data)
    this.#advance(advance(this.#next, 1))
    return data
  }

  /** Goes past the packets that come next and are given up; returns them, or `undefined` when there are none. */
  skip(): SequenceRange | undefined {
    const gap = this.#lostHead
    if (gap === undefined) return undefined
    this.gaps.shift()
    this.#advance(advance(gap.last, 1))
    return { first: gap.first, last: gap.last }
  }

  /** Frees what waits. */
  clear(): void {
    if (this.#head !== undefined) this.memory.used -= costOf(this.#head)
    for (const data of this.#waiting.values()) this.memory.used -= costOf(data)
    this.#head = undefined
    this.#waiting.clear()
  }

  get #lostHead(): Gap | undefined {
    const gap = this.gaps.first()
    return gap?.first === this.#next && gap.repair.kind === "lost" ? gap : undefined
  }

  /** The packet that everything waits for always has room. */
  #hasRoom(sequence: number): boolean {
    return !this.memory.full || sequence === this.#next
  }

  #keep(data: Data): void {
    this.memory.used += costOf(data)
    if (data.sequence === this.#next) this.#head = data
    else this.#waiting.set(data.sequence, data)
  }

  #advance(next: number): void {
    this.#next = next
    this.#head = undefined
    if (this.#waiting.size === 0) return
    this.#head = this.#waiting.get(next)
    if (this.#head !== undefined) this.#waiting.delete(next)
  }
}

/** Gives a gap up. */
export function toLost(gap: Gap): Gap {
  return { ...gap, repair: { kind: "lost" } }
}

function costOf(data: Data): number {
  return data.payload.length + PACKET_OVERHEAD
}
