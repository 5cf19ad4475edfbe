import { ProtocolError } from "../zmtp/protocol-error.js"
import type { Multipart } from "../zmtp/bytes.js"
import { Gaps, type Gap } from "./gaps.js"
import { MAX_CREDIT } from "./limits.js"
import { MessageReader, type MessageLimits } from "./message-reader.js"
import type { Data, SessionId, Spm } from "./packet.js"
import { Reassembly } from "./reassembly.js"
import { ReceiveWindow, toLost, type Insertion, type ReceiveMemory } from "./receive-window.js"
import type { RepairRequests, RepairSchedule } from "./repair-schedule.js"
import { advance, distance, type SequenceRange } from "./sequence.js"

/** Time without a packet after which a source is removed, in ms, as in libzmq. */
export const SOURCE_EXPIRY = 300_000
/**
 * Time to wait for the first SPM of a new source, which contains the address for NAKs, before requesting one, in ms, as
 * in libzmq.
 */
export const SPM_TIMEOUT = 25

/** The address from which a source sends its packets. */
export interface Origin {
  readonly address: string
  /** UDP port. */
  readonly port: number
}

/** Whether the address for NAKs is known. */
type Path =
  /** No SPM has arrived. One is requested at `due`; until then, NAKs are sent to the origin of the packets. */
  | { readonly kind: "unknown"; readonly due: number }
  | { readonly kind: "known"; readonly address: string; readonly spm: number }

/** Reports of `receive` other than messages. */
export type Finding =
  { readonly kind: "loss"; readonly range: SequenceRange } | { readonly kind: "fault"; readonly error: ProtocolError }

/** One received session: orders its packets, requests repairs, and assembles its messages. */
export class Source {
  readonly #gaps = new Gaps()
  readonly #window: ReceiveWindow
  readonly #reassembly = new Reassembly()
  readonly #reader: MessageReader
  #path: Path
  #expiry: number
  #ended = false
  /** Number of bytes of data received and not spent on requests. */
  #credit = 0
  /** Time at which an action may be due. It may be too early. */
  #due: number

  constructor(
    readonly session: SessionId,
    /** Sequence number of the first packet to receive. */
    start: number,
    public origin: Origin,
    now: number,
    memory: ReceiveMemory,
    limits: MessageLimits,
    private readonly schedule: RepairSchedule,
    /** Time without a packet after which a source that has ended is removed, in ms. */
    private readonly afterlife: number,
    private readonly found: (source: Source, finding: Finding) => void,
  ) {
    this.#window = new ReceiveWindow(start, this.#gaps, memory, this.#missed)
    this.#reader = new MessageReader(limits)
    this.#path = { kind: "unknown", due: now + SPM_TIMEOUT }
    this.#expiry = now + SOURCE_EXPIRY
    this.#due = now + SPM_TIMEOUT
  }

  /** Whether `receive` may return a message. */
  get ready(): boolean {
    return this.#window.ready
  }

  /** The address for NAKs. */
  get path(): string {
    return this.#path.kind === "known" ? this.#path.address : this.origin.address
  }

  /** Time at which `requests` or `takeSpmRequest` must be called, or at which the source expires. */
  get due(): number {
    return this.#due
  }

  expired(now: number): boolean {
    return now >= this.#expiry
  }

  /** Records `bytes` of data. As many bytes may be spent on requests. */
  earn(bytes: number): void {
    this.#credit = Math.min(this.#credit + bytes, MAX_CREDIT)
  }

  /** Spends `bytes` on a request. Returns false if there is not enough credit. */
  spend(bytes: number): boolean {
    if (this.#credit < bytes) return false
    this.#credit -= bytes
    return true
  }

  data(data: Data, now: number): Insertion {
    this.#alive(now)
    this.#window.retire(data.trail, now)
    return this.#window.insert(data, now)
  }

  spm(spm: Spm, now: number): void {
    // Older SPMs arrived out of order or are duplicates.
    if (this.#path.kind === "known" && distance(this.#path.spm, spm.sequence) < 0) return
    this.#path = { kind: "known", address: spm.path, spm: spm.sequence }
    if (spm.end !== undefined) this.#ended = true
    this.#alive(now)
    this.#window.retire(spm.trail, now)
    this.#window.extend(spm.lead, now)
    if (spm.end === "rst") this.#gaps.update(toLost)
  }

  /** Handles packets that another receiver has requested, or that the source is about to repeat. */
  confirmed(sequences: readonly number[], now: number): void {
    for (const sequence of sequences) this.schedule.confirm(this.#gaps, sequence, now)
  }

  /** Another receiver has requested an SPM. */
  spmRequested(): void {
    if (this.#path.kind === "unknown") this.#path = { kind: "unknown", due: Infinity }
  }

  /** Whether to request an SPM now. Returns true only once. */
  takeSpmRequest(now: number): boolean {
    if (this.#path.kind === "known" || this.#path.due > now) return false
    this.#path = { kind: "unknown", due: Infinity }
    return true
  }

  /** Returns the packets to request now. */
  requests(now: number): RepairRequests {
    const requests = this.schedule.requests(this.#gaps, now)
    const spmDue = this.#path.kind === "unknown" ? this.#path.due : Infinity
    this.#due = Math.min(this.schedule.nextDue(this.#gaps), spmDue, this.#expiry)
    return requests
  }

  /** The next message. Adds losses and faults to `found`. */
  receive(): Multipart | undefined {
    for (;;) {
      try {
        const message = this.#reader.next()
        if (message !== undefined) return message
        const range = this.#window.skip()
        if (range !== undefined) {
          this.#reset()
          this.found(this, { kind: "loss", range })
          continue
        }
        const data = this.#window.take()
        if (data === undefined) return undefined
        this.#push(data)
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error
        this.#reset()
        this.found(this, { kind: "fault", error })
      }
    }
  }

  /** Frees the memory of queued packets. */
  close(): void {
    this.#window.clear()
  }

  readonly #missed = (range: SequenceRange, now: number): Gap => {
    const gap = this.schedule.missed(range, now)
    this.#due = Math.min(this.#due, this.schedule.dueOf(gap))
    return gap
  }

  #push(data: Data): void {
    const apdu = this.#reassembly.add(data)
    if (apdu !== undefined) this.#reader.push(apdu)
    else if (!this.#reassembly.begun) this.#reader.reset()
  }

  #reset(): void {
    this.#reader.reset()
    this.#reassembly.reset()
  }

  #alive(now: number): void {
    this.#expiry = now + (this.#ended ? this.afterlife : SOURCE_EXPIRY)
  }
}

/**
 * Returns the sequence number to start receiving at if `packet` is the first packet of a session: that of a data
 * packet, or the one after the newest packet that an SPM announces.
 */
export function startOf(packet: Data | Spm): number {
  return packet.kind === "data" ? packet.sequence : advance(packet.lead, 1)
}
