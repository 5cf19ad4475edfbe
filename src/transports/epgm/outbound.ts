import type { PipeOwner } from "../../core/pipe/pipe.js"
import type { Sink } from "../../core/pipe/session-pipe.js"
import type { Timer } from "../../core/runtime/clock.js"
import { zmqError } from "../../core/errors.js"
import { canonicalAddress } from "../../pgm/address.js"
import { BACK_OFF, CONFIRMATION_TIMEOUT } from "../../pgm/repair-schedule.js"
import { leastPacket, Sender } from "../../pgm/sender.js"
import { retain, type Frame, type Multipart } from "../../zmtp/bytes.js"
import { CAPABILITIES } from "../capabilities.js"
import { Alarm, now } from "./alarm.js"
import type { Carrier, Session } from "./carrier.js"
import { isLinkLocal, type LocalInterface } from "./local-interface.js"
import type { Link, Network } from "./network.js"
import { listenUpstream } from "./upstream.js"

/**
 * Number of packets to pass to the system at once. Further messages stay in the pipe. A receiver joins with the first
 * packet that arrives, and loses those before it, so they must arrive in order.
 */
const BATCH = CAPABILITIES.ordersDatagrams ? 64 : 1

/** Maximum size of a packet, including IP and UDP headers, in bytes: the limit of UDP over IPv4. */
const MAX_PACKET = 65_535

/**
 * Time without requests after which a sender that is ending may close, in ms. A receiver repeats a request after at
 * most `CONFIRMATION_TIMEOUT + BACK_OFF`. The network may lose requests and heartbeats, so this allows for eight of
 * them.
 */
const QUIET_TIME = 8 * (CONFIRMATION_TIMEOUT + BACK_OFF)

type Phase =
  | { readonly kind: "open" }
  /** Queued messages are still sent and repaired; at `deadline`, they are dropped. */
  | { readonly kind: "ending"; readonly deadline: Timer | undefined }
  | { readonly kind: "closed" }

/** Passes messages of a PUB or XPUB to a multicast group. */
export class Outbound implements Carrier, PipeOwner, Sink {
  readonly #session: Session
  readonly #sender: Sender
  readonly #alarm: Alarm
  readonly #destination: string
  #link!: Link
  #leaveUpstream: () => void = () => undefined
  #phase: Phase = { kind: "open" }
  /** Whether the system has not accepted all packets that it was given. */
  #busy = false
  #flushBooked = false
  /** Packets to pass to the system next. */
  #queue: readonly Frame[] = []
  #queued = 0
  #holding = false
  #lastRequest = -Infinity
  readonly #quietTime: number
  #settleClosed: () => void = () => undefined
  readonly #closed = new Promise<void>((resolve) => (this.#settleClosed = resolve))

  private constructor(session: Session, local: LocalInterface) {
    const { address, options, endpoint, host } = session
    const group = canonicalAddress(address.group)!
    const maxPacket = options.multicastMaxTransportDataUnit
    const least = leastPacket(group)
    if (maxPacket < least || maxPacket > MAX_PACKET) {
      const message = `Invalid multicastMaxTransportDataUnit ${maxPacket}: expected ${least} to ${MAX_PACKET} bytes`
      throw zmqError("EINVAL", { address: endpoint, message })
    }
    this.#session = session
    this.#destination = isLinkLocal(address.group) ? address.group + local.zone : address.group
    this.#quietTime = Math.min(QUIET_TIME, options.recoveryInterval)
    this.#sender = new Sender(
      {
        session: { gsi: randomBits(48), sourcePort: sourcePortOtherThan(address.port), sessionPort: address.port },
        path: canonicalAddress(local.address)!,
        group,
        rate: options.rate,
        recoveryInterval: options.recoveryInterval,
        maxPacket,
      },
      now(),
    )
    this.#alarm = new Alarm(host.runtime.clock, () => {
      this.#sender.tick(now())
      this.#work()
    })
  }

  /** @throws ZmqError (rejects) EINVAL for options that cannot be combined, or the error of the system. */
  static async open(session: Session, local: LocalInterface, network: Network): Promise<Outbound> {
    const { address, options, far } = session
    const outbound = new Outbound(session, local)
    const common = { local: local.address, via: local.via, hops: options.multicastHops, loop: options.multicastLoop }
    const buffers = options.sendBufferSize < 0 ? {} : { sendBuffer: options.sendBufferSize }
    const receive = (packet: Frame): void => {
      outbound.#request(packet)
    }
    outbound.#link = await network.open({ ...common, ...buffers, port: 0, shared: false }, receive)
    try {
      const upstream = { ...common, port: address.port, shared: true }
      outbound.#leaveUpstream = await listenUpstream(network, upstream, receive)
    } catch (error) {
      outbound.#link.close()
      throw error
    }
    far.owner = outbound
    far.sink = outbound
    outbound.#sender.start(now())
    outbound.#work()
    return outbound
  }

  end(linger: number): Promise<void> {
    if (this.#phase.kind !== "open") return this.#closed
    const deadline =
      linger < 0
        ? undefined
        : this.#session.host.runtime.clock.after(linger, () => {
            this.#close()
          })
    this.#phase = { kind: "ending", deadline }
    if (linger === 0) this.#close()
    else this.#work()
    return this.#closed
  }

  // Sink

  accept(message: Multipart): boolean {
    if (this.#busy || !this.#sender.writable) return false
    this.#sender.push(retain(message), now())
    if (!this.#flushBooked) {
      this.#flushBooked = true
      this.#session.host.runtime.afterMicrotasks(this.#flush)
    }
    return true
  }

  // PipeOwner

  readActivated(): void {
    this.#work()
  }

  pipeTerminated(): void {
    // The transport's host also ends the carrier.
  }

  peerReady(): void {
    // A socket is always ready.
  }

  writeActivated(): void {
    // Nothing is sent to the socket.
  }

  readonly #flush = (): void => {
    this.#flushBooked = false
    this.#sender.flush(now())
    this.#work()
  }

  /** Handles a datagram from a receiver. */
  #request(packet: Frame): void {
    if (this.#phase.kind === "closed") return
    const time = now()
    if (!this.#sender.packet(packet, time)) return
    this.#session.host.counters.bytesIn += packet.length
    this.#lastRequest = time
    this.#work()
  }

  /** Performs all actions that are possible now. */
  #work(): void {
    if (this.#phase.kind === "closed") return
    this.#pull()
    this.#write()
    this.#hold()
    this.#settle()
    this.#alarm.set(this.#sender.due)
  }

  /** Takes messages from the pipe while they can be sent. */
  #pull(): void {
    const { far } = this.#session
    let taken = false
    while (!this.#busy && this.#sender.writable) {
      const message = far.receive()
      if (message === undefined) break
      this.#sender.push(message, now())
      taken = true
    }
    if (taken) this.#sender.flush(now())
  }

  /** Passes packets to the system in batches. The system reports when it has accepted the last one. */
  #write(): void {
    while (!this.#busy) {
      if (this.#queued === this.#queue.length) {
        this.#queue = this.#sender.drain()
        this.#queued = 0
        if (this.#queue.length === 0) return
      }
      const end = Math.min(this.#queue.length, this.#queued + BATCH)
      const { counters } = this.#session.host
      const { port } = this.#session.address
      while (this.#queued < end) {
        const packet = this.#queue[this.#queued++]!
        counters.bytesOut += packet.length
        if (this.#queued < end) this.#link.send(packet, port, this.#destination)
        else {
          this.#busy = true
          this.#link.send(packet, port, this.#destination, this.#taken)
        }
      }
    }
  }

  readonly #taken = (): void => {
    this.#busy = false
    this.#work()
  }

  /** Keeps the process alive while the rate limit delays a message, and while the session is ending. */
  #hold(): void {
    const wanted = this.#phase.kind !== "closed" && (this.#phase.kind !== "open" || this.#sender.pending)
    if (wanted === this.#holding) return
    this.#holding = wanted
    if (wanted) this.#session.host.runtime.keepAlive.hold()
    else this.#session.host.runtime.keepAlive.release()
  }

  /** Ends the carrier when everything is sent and no repairs are requested anymore. */
  #settle(): void {
    if (this.#phase.kind === "open") return
    const { far } = this.#session
    if (far.readable || this.#sender.pending || this.#busy) return
    const left = Math.max(this.#sender.lastSent, this.#lastRequest) + this.#quietTime - now()
    if (!this.#sender.repairable || left <= 0) this.#close()
    else this.#alarm.set(now() + left)
  }

  #close(): void {
    const phase = this.#phase
    if (phase.kind === "closed") return
    this.#phase = { kind: "closed" }
    if (phase.kind === "ending") phase.deadline?.cancel()
    this.#alarm.cancel()
    this.#session.far.close()
    this.#leaveUpstream()
    this.#hold()
    // Drop queued packets.
    this.#sender.drain()
    this.#sender.end(now())
    const { port } = this.#session.address
    this.#sender.drain().forEach((packet, index, { length }) => {
      this.#link.send(packet, port, this.#destination, index === length - 1 ? this.#ended : undefined)
    })
  }

  readonly #ended = (): void => {
    this.#link.close()
    this.#settleClosed()
  }
}

/** A random number with this many bits. Session ids need to be distinct, not secret. */
function randomBits(bits: number): number {
  return Math.floor(Math.random() * 2 ** bits)
}

/** A source port, which must differ from the session's port, because NAKs swap the two. */
function sourcePortOtherThan(sessionPort: number): number {
  const port = randomBits(16)
  return port === sessionPort ? port ^ 1 : port
}
