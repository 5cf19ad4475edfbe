import type { Gap, Gaps } from "./gaps.js"
import { MAX_RECEIVE_WINDOW, PACKET_OVERHEAD } from "./limits.js"
import type { Data } from "./packet.js"
import { advance, distance, type SequenceRange } from "./sequence.js"

/** Memory for queued packets, which all sources of a receiver share. */
export class ReceiveMemory {
  /** Number of bytes in use. */
  used = 0

  get full(): boolean {
    return this.used >= MAX_RECEIVE_WINDOW
  }
}

/** Result of inserting a packet. A `refused` packet can be repaired later. */
export type Insertion = "new" | "repaired" | "duplicate" | "refused"

/**
 * Orders the packets of one source (RFC 3208, section 6.3). Queues packets that wait for missing ones or for a slow
 * application.
 */
export class ReceiveWindow {
  /** Sequence number of the next packet to take. */
  #next: number
  /** Sequence number after the newest known packet. */
  #end: number
  /** The packet with the number `#next`, if it has arrived. Packets that arrive in order are never stored in `#waiting`. */
  #head: Data | undefined
  readonly #waiting = new Map<number, Data>()

  constructor(
    /** Sequence number of the first packet to receive. */
    start: number,
    readonly gaps: Gaps,
    private readonly memory: ReceiveMemory,
    /** Creates the gap for packets that are detected as missing. */
    private readonly missed: (range: SequenceRange, now: number) => Gap,
  ) {
    this.#next = start
    this.#end = start
  }

  /** Whether packets can be taken, or skipped because they are lost. */
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

  /**
   * Records that the source has sent all packets up to `lead`. Those that did not arrive are missing. Returns false if
   * there is no room to record them.
   */
  extend(lead: number, now: number): boolean {
    if (distance(this.#end, lead) < 0) return true
    if (this.gaps.full) return false
    this.gaps.append(this.missed({ first: this.#end, last: lead }, now))
    this.#end = advance(lead, 1)
    return true
  }

  /** Records that the source cannot repair packets before `trail`. */
  retire(trail: number, now: number): void {
    this.extend(advance(trail, -1), now)
    const first = this.gaps.first()
    if (first !== undefined) this.gaps.updateRange({ first: first.first, last: advance(trail, -1) }, toLost)
  }

  /** Takes the next packet in order. Returns `undefined` while it is missing. */
  take(): Data | undefined {
    const data = this.#head
    if (data === undefined) return undefined
    this.memory.used -= costOf(data)
    this.#advance(advance(this.#next, 1))
    return data
  }

  /** Skips the next packets if they are lost. Returns their range, or `undefined` if they are not lost. */
  skip(): SequenceRange | undefined {
    const gap = this.#lostHead
    if (gap === undefined) return undefined
    this.gaps.shift()
    this.#advance(advance(gap.last, 1))
    return { first: gap.first, last: gap.last }
  }

  /** Drops queued packets. */
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

  /** Whether there is room for a packet. There is always room for the next packet, for which all others wait. */
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
    this.#waiting.delete(next)
  }
}

/** Marks a gap as lost. */
export function toLost(gap: Gap): Gap {
  return { ...gap, repair: { kind: "lost" } }
}

function costOf(data: Data): number {
  return data.payload.length + PACKET_OVERHEAD
}
