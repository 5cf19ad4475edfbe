import type { Gap, Gaps } from "./gaps.js"
import { MAX_REQUESTED } from "./limits.js"
import { toLost } from "./receive-window.js"
import { advance, lengthOf, type SequenceRange } from "./sequence.js"

// When missing packets are asked for (RFC 3208, section 6.3 and appendix "NAK"). All times are those of libzmq, in ms.

/** Longest time before asking: another receiver may do it first (NAK_BO_IVL). */
export const BACK_OFF = 50
/** How long to wait for a confirmation (NAK_RPT_IVL). */
export const CONFIRMATION_TIMEOUT = 200
/** How long to wait for a repair that was confirmed (NAK_RDATA_IVL). */
export const REPAIR_TIMEOUT = 200
/** How often to ask without a confirmation, and how often with one but without a repair (NAK_NCF_RETRIES, NAK_DATA_RETRIES). */
export const MAX_ATTEMPTS = 50

/** Packets to ask for now. */
export interface RepairRequests {
  readonly sequences: number[]
  /** Nobody has confirmed some of them before: the usual way may lead nowhere. */
  readonly repeated: boolean
}

/** Decides what to ask a source for, and when to give up. */
export class RepairSchedule {
  constructor(
    /** Longest time to wait for a missing packet, in ms. */
    private readonly recoveryInterval: number,
    /** From 0 to 1. */
    private readonly random: () => number,
  ) {}

  /** What a range begins as that was found missing. */
  readonly missed = ({ first, last }: SequenceRange, now: number): Gap => ({
    first,
    last,
    repair: { kind: "backing-off", due: now + this.#backOff() },
    since: now,
    unconfirmed: 0,
    unrepaired: 0,
  })

  /** Somebody's request for `sequence` was confirmed, or is on its way. */
  confirm(gaps: Gaps, sequence: number, now: number): void {
    gaps.updateRange({ first: sequence, last: sequence }, (gap) =>
      gap.repair.kind === "lost" ? gap : { ...gap, repair: { kind: "confirmed", due: now + REPAIR_TIMEOUT } },
    )
  }

  /** What is to be asked for now. */
  requests(gaps: Gaps, now: number): RepairRequests {
    gaps.update((gap) => this.#expire(gap, now))
    let allowed = MAX_REQUESTED
    for (const gap of gaps) {
      if (gap.repair.kind === "unconfirmed" || gap.repair.kind === "confirmed") allowed -= lengthOf(gap)
    }
    const due: SequenceRange[] = []
    let repeated = false
    for (const gap of gaps) {
      if (allowed <= 0) break
      if (gap.repair.kind !== "backing-off" || gap.repair.due > now) continue
      const length = Math.min(allowed, lengthOf(gap))
      due.push({ first: gap.first, last: advance(gap.first, length - 1) })
      repeated ||= gap.unconfirmed > 0
      allowed -= length
    }
    const sequences: number[] = []
    for (const range of due) {
      gaps.updateRange(range, (gap) => ({ ...gap, repair: { kind: "unconfirmed", due: now + CONFIRMATION_TIMEOUT } }))
      for (let index = 0; index < lengthOf(range); index++) sequences.push(advance(range.first, index))
    }
    return { sequences, repeated }
  }

  /** When `requests` is to be called again. */
  nextDue(gaps: Gaps): number {
    let next = Infinity
    for (const gap of gaps) next = Math.min(next, this.dueOf(gap))
    return next
  }

  /** When something is to be done about one gap. */
  dueOf({ repair, since }: Gap): number {
    return repair.kind === "lost" ? Infinity : Math.min(repair.due, since + this.recoveryInterval)
  }

  #expire(gap: Gap, now: number): Gap {
    const { repair } = gap
    if (repair.kind === "lost") return gap
    if (now - gap.since >= this.recoveryInterval) return toLost(gap)
    if (repair.kind === "backing-off" || repair.due > now) return gap
    const unconfirmed = gap.unconfirmed + (repair.kind === "unconfirmed" ? 1 : 0)
    const unrepaired = gap.unrepaired + (repair.kind === "confirmed" ? 1 : 0)
    if (unconfirmed >= MAX_ATTEMPTS || unrepaired >= MAX_ATTEMPTS) return toLost(gap)
    return { ...gap, unconfirmed, unrepaired, repair: { kind: "backing-off", due: now + this.#backOff() } }
  }

  #backOff(): number {
    return this.random() * BACK_OFF
  }
}
