import type { Gap, Gaps } from "./gaps.js"
import { MAX_REQUESTED } from "./limits.js"
import { toLost } from "./receive-window.js"
import { advance, lengthOf, type SequenceRange } from "./sequence.js"

// Determines when missing packets are requested (RFC 3208, section 6.3 and appendix "NAK"). All times are those of
// libzmq, in ms.

/** Maximum random delay before a request, so that another receiver may send it first (NAK_BO_IVL). */
export const BACK_OFF = 50
/** Time to wait for a confirmation (NAK_RPT_IVL). */
export const CONFIRMATION_TIMEOUT = 200
/** Time to wait for a repair after its confirmation (NAK_RDATA_IVL). */
export const REPAIR_TIMEOUT = 200
/** Maximum number of unconfirmed requests, and of confirmed ones without a repair (NAK_NCF_RETRIES, NAK_DATA_RETRIES). */
export const MAX_ATTEMPTS = 50

/** Packets to request now. */
export interface RepairRequests {
  readonly sequences: number[]
  /** Whether some requests were not confirmed before, so the usual path may not work. */
  readonly repeated: boolean
}

/** Determines which packets to request from a source, and when to give up. */
export class RepairSchedule {
  constructor(
    /** Maximum time to wait for a missing packet, in ms. */
    private readonly recoveryInterval: number,
    /** Returns a random number from 0 to 1. */
    private readonly random: () => number,
  ) {}

  /** Initial state of a range of missing packets. */
  readonly missed = ({ first, last }: SequenceRange, now: number): Gap => ({
    first,
    last,
    repair: { kind: "backing-off", due: now + this.#backOff() },
    since: now,
    unconfirmed: 0,
    unrepaired: 0,
  })

  /** Records that a request for `sequence` was confirmed, or sent by another receiver. */
  confirm(gaps: Gaps, sequence: number, now: number): void {
    gaps.updateRange({ first: sequence, last: sequence }, (gap) =>
      gap.repair.kind === "lost" ? gap : { ...gap, repair: { kind: "confirmed", due: now + REPAIR_TIMEOUT } },
    )
  }

  /** Returns the packets to request now. */
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

  /** Time at which `requests` must be called again. */
  nextDue(gaps: Gaps): number {
    let next = Infinity
    for (const gap of gaps) next = Math.min(next, this.dueOf(gap))
    return next
  }

  /** Time of the next action for a gap. */
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
