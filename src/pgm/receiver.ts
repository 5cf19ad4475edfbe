// PGM (RFC 3208): multicast with repairs, without I/O or timers. Packets and the time come in; packets and messages go
// out.

import { Ring } from "../core/ring.js"
import type { Frame, Multipart } from "../zmtp/bytes.js"
import { LimitError, type ProtocolError } from "../zmtp/protocol-error.js"
import { MAX_NAK_LIST, MAX_REPORTS, MAX_SOURCES, UNEARNED_REQUEST_RATE } from "./limits.js"
import type { MessageLimits } from "./message-reader.js"
import { readPacket, type Data, type Nak, type SessionId, type Spm } from "./packet.js"
import { RateLimiter } from "./rate-limiter.js"
import { ReceiveMemory } from "./receive-window.js"
import { RepairSchedule } from "./repair-schedule.js"
import { lengthOf, type SequenceRange } from "./sequence.js"
import { Source, startOf, type Finding, type Origin } from "./source.js"
import { encodeNak, encodeSpmRequest } from "./write-packet.js"

export interface ReceiverOptions extends MessageLimits {
  /** UDP port of the session, which its packets contain. */
  readonly port: number
  /** IP address of the multicast group, in canonical form. */
  readonly group: string
  /** Maximum time to wait for a missing packet, in ms. */
  readonly recoveryInterval: number
  /** Returns a random number from 0 to 1. */
  readonly random: () => number
}

/** A packet to send to the network. */
export interface Request {
  readonly packet: Frame
  /** The group, with a hop limit of one, or an address. Default port: that of the session. */
  readonly to: "group" | { readonly address: string; readonly port?: number }
}

/** Reports other than messages. */
export type Report =
  /** Packets that are permanently lost, with the messages in them. */
  | { readonly kind: "loss"; readonly source: string; readonly range: SequenceRange; readonly packets: number }
  /** A source violated the protocol, or there are too many sources. */
  | { readonly kind: "fault"; readonly source: string; readonly error: ProtocolError }

/**
 * The receiving side of PGM (RFC 3208, sections 4.2 and 6): takes packets and returns messages, ordered per source. It
 * uses no sockets and no timers: call `tick` at the time `due`. Times are in ms on the caller's clock.
 */
export class Receiver {
  /** Number of packets that were missing and then arrived. */
  repaired = 0

  readonly #options: ReceiverOptions
  readonly #schedule: RepairSchedule
  readonly #memory = new ReceiveMemory()
  readonly #sources = new Map<string, Source>()
  /** The source of the last packet, which is probably also that of the next one. */
  #latest: Source | undefined
  readonly #ready = new Set<Source>()
  readonly #reports = new Ring<Report>()
  #requests: Request[] = []
  /** Limits requests that exceed the data from their source. */
  #limiter: RateLimiter | undefined
  #due = Infinity
  /** Whether an excess of sources was reported. Reset when a source expires. */
  #sourcesFull = false

  constructor(options: ReceiverOptions) {
    this.#options = options
    this.#schedule = new RepairSchedule(options.recoveryInterval, options.random)
  }

  /** Number of known sources. */
  get sources(): number {
    return this.#sources.size
  }

  /** Time at which `tick` must be called; `Infinity` for never. */
  get due(): number {
    return this.#due
  }

  /** Handles a packet from `origin`. Ignores packets of other sessions. */
  packet(bytes: Frame, origin: Origin, now: number): void {
    const packet = readPacket(bytes)
    if (packet?.sessionPort !== this.#options.port) return
    switch (packet.kind) {
      case "data":
      case "spm":
        this.#downstream(packet, bytes.length, origin, now)
        break
      case "ncf":
      case "nak":
        if (packet.group === this.#options.group) this.#find(packet)?.confirmed(packet.sequences, now)
        break
      case "spmr":
        this.#find(packet)?.spmRequested()
    }
  }

  /** Performs all actions that are due. */
  tick(now: number): void {
    this.#due = Infinity
    for (const [key, source] of this.#sources) {
      if (source.expired(now)) {
        this.#removeSource(key, source)
        continue
      }
      if (source.due <= now) this.#serve(source, now)
      this.#due = Math.min(this.#due, source.due)
    }
  }

  /** The next message of any source, or `undefined` until more packets arrive. */
  receive(): Multipart | undefined {
    for (const source of this.#ready) {
      const message = source.receive()
      if (message !== undefined) return message
      this.#ready.delete(source)
    }
    return undefined
  }

  /** The next report, if any. */
  report(): Report | undefined {
    return this.#reports.shift()
  }

  /** Takes the packets to send since the last call. */
  drain(): readonly Request[] {
    if (this.#requests.length === 0) return NOTHING
    const requests = this.#requests
    this.#requests = []
    return requests
  }

  #downstream(packet: Data | Spm, size: number, origin: Origin, now: number): void {
    const source = this.#find(packet) ?? this.#addSource(packet, origin, now)
    if (source === undefined) return
    if (packet.kind === "spm") source.spm(packet, now)
    else {
      if (!packet.repair) source.origin = origin
      source.earn(size)
      if (source.data(packet, now) === "repaired") this.repaired++
    }
    if (source.ready) this.#ready.add(source)
    this.#due = Math.min(this.#due, source.due)
  }

  #find({ gsi, sourcePort }: SessionId): Source | undefined {
    const latest = this.#latest?.session
    if (latest?.gsi === gsi && latest.sourcePort === sourcePort) return this.#latest
    const source = this.#sources.get(keyOf(gsi, sourcePort))
    this.#latest = source ?? this.#latest
    return source
  }

  /** Adds a source. Returns `undefined` if there are too many. */
  #addSource(packet: Data | Spm, origin: Origin, now: number): Source | undefined {
    const { gsi, sourcePort, sessionPort } = packet
    const key = keyOf(gsi, sourcePort)
    if (this.#sources.size >= MAX_SOURCES) {
      if (!this.#sourcesFull) {
        const error = new LimitError("sources of a group", `More than ${MAX_SOURCES} sources send to the group`)
        this.#report({ kind: "fault", source: key, error })
      }
      this.#sourcesFull = true
      return undefined
    }
    const { recoveryInterval } = this.#options
    const session = { gsi, sourcePort, sessionPort }
    const source = new Source(
      session,
      startOf(packet),
      origin,
      now,
      this.#memory,
      this.#options,
      this.#schedule,
      recoveryInterval,
      this.#found,
    )
    this.#sources.set(key, source)
    this.#latest = source
    return source
  }

  #removeSource(key: string, source: Source): void {
    this.#sources.delete(key)
    this.#ready.delete(source)
    if (this.#latest === source) this.#latest = undefined
    this.#sourcesFull = false
    source.close()
  }

  #serve(source: Source, now: number): void {
    if (source.takeSpmRequest(now)) {
      const packet = encodeSpmRequest(source.session)
      this.#request(source, packet, ["group", { address: source.origin.address }], now)
    }
    const { sequences, repeated } = source.requests(now)
    for (let index = 0; index < sequences.length; index += 1 + MAX_NAK_LIST) {
      this.#sendNak(source, sequences.slice(index, index + 1 + MAX_NAK_LIST), repeated, now)
    }
    if (source.ready) this.#ready.add(source)
  }

  /**
   * Sends a NAK to the path from the SPMs. If several sources on one host share a port, only one of them receives these
   * NAKs, so repeated requests are also sent to the group and to the address from which the source sends.
   */
  #sendNak(source: Source, sequences: readonly number[], everywhere: boolean, now: number): void {
    const nak: Nak = { kind: "nak", ...source.session, sequences, source: source.path, group: this.#options.group }
    const packet = encodeNak(nak)
    const path = { address: source.path }
    this.#request(source, packet, everywhere ? [path, "group", source.origin] : [path], now)
  }

  /**
   * Sends `packet` to all targets. Drops it instead, like a network that loses it, if requests to `source` exceed the data
   * from it: anyone can forge an SPM that announces missing packets and names an address for the NAKs.
   */
  #request(source: Source, packet: Frame, targets: readonly Request["to"][], now: number): void {
    const bytes = packet.length * targets.length
    this.#limiter ??= new RateLimiter(UNEARNED_REQUEST_RATE, 0, now)
    if (!source.spend(bytes) && !this.#limiter.take(bytes, now)) return
    for (const to of targets) this.#requests.push({ packet, to })
  }

  readonly #found = (source: Source, finding: Finding): void => {
    const name = keyOf(source.session.gsi, source.session.sourcePort)
    if (finding.kind === "loss") this.#report({ ...finding, source: name, packets: lengthOf(finding.range) })
    else this.#report({ ...finding, source: name })
  }

  #report(report: Report): void {
    if (this.#reports.length >= MAX_REPORTS) this.#reports.shift()
    this.#reports.push(report)
  }
}

const NOTHING: readonly Request[] = []

/** Formats a session id as OpenPGM does: the six bytes of the GSI, and the port. */
function keyOf(gsi: number, sourcePort: number): string {
  const digits = gsi.toString(16).padStart(12, "0")
  return `${digits.replace(/..(?!$)/g, "$&.")}.${sourcePort}`
}
