import type { PipeOwner, Sink } from "../../core/pipe.js"
import type { Timer } from "../../core/clock.js"
import { zmqError } from "../../core/errors.js"
import { canonicalAddress } from "../../pgm/address.js"
import { BACK_OFF, CONFIRMATION_TIMEOUT } from "../../pgm/repair-schedule.js"
import { leastPacket, Sender } from "../../pgm/sender.js"
import { retain, type Frame, type Multipart } from "../../zmtp/bytes.js"
import { Alarm, now } from "./alarm.js"
import type { Carrier, Session } from "./carrier.js"
import { isLinkLocal, type LocalInterface } from "./local-interface.js"
import type { Link, Network } from "./network.js"
import { listenUpstream } from "./upstream.js"

/** Packets that are handed to the system at once. Those that wait for it wait in the pipe. */
const BATCH = 64

/** Largest packet, IP and UDP headers included: what UDP over IPv4 can carry. */
const MAX_PACKET = 65_535

/**
 * A sender that ends waits until it has received no request for this long, in ms. A receiver, ours or libzmq's, requests a
 * missing packet again after at most `CONFIRMATION_TIMEOUT + BACK_OFF`, and the network may lose requests and heartbeats:
 * this leaves time for eight.
 */
const QUIET_TIME = 8 * (CONFIRMATION_TIMEOUT + BACK_OFF)

type Phase =
  | { readonly kind: "open" }
  /** What was sent still goes out, and is repaired; at `deadline` it is dropped. */
  | { readonly kind: "ending"; readonly deadline: Timer | undefined }
  | { readonly kind: "closed" }

/** Carries what a PUB or XPUB sends to a multicast group. */
export class Outbound implements Carrier, PipeOwner, Sink {
  readonly #session: Session
  readonly #sender: Sender
  readonly #alarm: Alarm
  readonly #destination: string
  #link!: Link
  #leaveUpstream: () => void = () => undefined
  #phase: Phase = { kind: "open" }
  /** The system has yet to take what it was given. */
  #busy = false
  #flushBooked = false
  /** Packets that go to the system next. */
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
      const message = `multicastMaxTransportDataUnit is ${maxPacket}; expected ${least} to ${MAX_PACKET} bytes`
      throw zmqError("EINVAL", { address: endpoint, message })
    }
    this.#session = session
    this.#destination = isLinkLocal(address.group) ? address.group + local.zone : address.group
    this.#quietTime = Math.min(QUIET_TIME, options.recoveryInterval)
    this.#sender = new Sender(
      {
        session: { gsi: randomBits(48), sourcePort: sourcePortBeside(address.port), sessionPort: address.port },
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

  /** @throws ZmqError (rejects) EINVAL for options that do not go together, or what the system says. */
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
    // The transport's host ends the carrier, too.
  }

  peerReady(): void {
    // The other end is a socket, always there.
  }

  writeActivated(): void {
    // Nothing is sent to the socket.
  }

  readonly #flush = (): void => {
    this.#flushBooked = false
    this.#sender.flush(now())
    this.#work()
  }

  /** A datagram from a receiver. */
  #request(packet: Frame): void {
    if (this.#phase.kind === "closed") return
    const time = now()
    if (!this.#sender.packet(packet, time)) return
    this.#session.host.counters.bytesIn += packet.length
    this.#lastRequest = time
    this.#work()
  }

  /** Goes on with everything that can go on. */
  #work(): void {
    if (this.#phase.kind === "closed") return
    this.#pull()
    this.#write()
    this.#hold()
    this.#settle()
    this.#alarm.set(this.#sender.due)
  }

  /** Takes messages from the pipe as long as they can be sent. */
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

  /** Hands packets to the system, a batch at a time: it says when it has taken the last one. */
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

  /** The process stays alive while the rate limit holds a message back, and while the session ends. */
  #hold(): void {
    const wanted = this.#phase.kind !== "closed" && (this.#phase.kind !== "open" || this.#sender.pending)
    if (wanted === this.#holding) return
    this.#holding = wanted
    if (wanted) this.#session.host.runtime.keepAlive.hold()
    else this.#session.host.runtime.keepAlive.release()
  }

  /** Ends once everything is sent and nobody asks for repairs any more. */
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
    // What is still queued is dropped.
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

/** A random number of so many bits. Sessions need not be secret, only different. */
function randomBits(bits: number): number {
  return Math.floor(Math.random() * 2 ** bits)
}

/** A port of the source, which must differ from that of the session: NAKs have them the other way round. */
function sourcePortBeside(sessionPort: number): number {
  const port = randomBits(16)
  return port === sessionPort ? port ^ 1 : port
}
