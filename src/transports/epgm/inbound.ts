import type { PipeOwner } from "../../core/pipe/pipe.js"
import type { Sink } from "../../core/pipe/session-pipe.js"
import { canonicalAddress } from "../../pgm/address.js"
import { Receiver, type Report } from "../../pgm/receiver.js"
import type { Origin } from "../../pgm/source.js"
import { EMPTY, type Frame } from "../../zmtp/bytes.js"
import { Alarm, now } from "./alarm.js"
import type { Carrier, Session } from "./carrier.js"
import { isLinkLocal, type LocalInterface } from "./local-interface.js"
import type { Link, Network } from "./network.js"

/** Size of the receive buffer to request from the system, in bytes. The system may limit it. */
const RECEIVE_BUFFER = 4 * 1024 * 1024

/** Hop limit of requests to neighbors, which do not leave the local network. */
const NEIGHBORS = 1

/** Passes packets from a multicast group to a SUB or XSUB. */
export class Inbound implements Carrier, PipeOwner, Sink {
  readonly #session: Session
  readonly #local: LocalInterface
  readonly #receiver: Receiver
  readonly #alarm: Alarm
  readonly #group: string
  #links: { readonly group: Link; readonly requests: Link } | undefined
  /** Number of repairs that were added to the counters. */
  #counted = 0

  private constructor(session: Session, local: LocalInterface) {
    const { address, options, host } = session
    this.#session = session
    this.#local = local
    this.#group = isLinkLocal(address.group) ? address.group + local.zone : address.group
    this.#receiver = new Receiver({
      port: address.port,
      group: canonicalAddress(address.group)!,
      recoveryInterval: options.recoveryInterval,
      maxMessageSize: options.maxMessageSize,
      maxMultipartSize: options.maxMultipartSize,
      random: Math.random,
    })
    this.#alarm = new Alarm(host.runtime.clock, () => {
      this.#receiver.tick(now())
      this.#work()
    })
  }

  /** @throws ZmqError (rejects) the error of the system. */
  static async open(session: Session, local: LocalInterface, network: Network): Promise<Inbound> {
    const { address, options, far } = session
    const inbound = new Inbound(session, local)
    const common = { via: local.via, hops: NEIGHBORS, loop: true }
    const requests = await network.open({ ...common, local: local.address, port: 0, shared: false }, () => undefined)
    try {
      const group = await network.open(
        {
          ...common,
          // Binding to the group's address excludes packets sent to this host and to other groups on the port.
          local: process.platform === "win32" ? local.address : inbound.#group,
          port: address.port,
          shared: true,
          join: address.group,
          receiveBuffer: options.receiveBufferSize < 0 ? RECEIVE_BUFFER : options.receiveBufferSize,
        },
        (packet, origin) => {
          inbound.#packet(packet, origin)
        },
      )
      inbound.#links = { group, requests }
    } catch (error) {
      requests.close()
      throw error
    }
    far.owner = inbound
    far.sink = inbound
    return inbound
  }

  end(): Promise<void> {
    this.#alarm.cancel()
    this.#session.far.close()
    this.#links?.group.close()
    this.#links?.requests.close()
    this.#links = undefined
    return Promise.resolve()
  }

  // Sink

  /** Discards subscriptions, because publishers over multicast cannot receive them; this side filters. */
  accept(): boolean {
    return true
  }

  // PipeOwner

  readActivated(): void {
    // `accept` takes everything, so nothing is ever queued.
  }

  writeActivated(): void {
    this.#work()
  }

  pipeTerminated(): void {
    // The transport's host also ends the carrier.
  }

  peerReady(): void {
    // A socket is always ready.
  }

  #packet(packet: Frame, origin: Origin): void {
    if (this.#links === undefined || this.#isOwn(origin)) return
    this.#session.host.counters.bytesIn += packet.length
    this.#receiver.packet(packet, origin, now())
    this.#work()
  }

  /** Whether a request was sent by this receiver and looped back by the group. */
  #isOwn({ port, address }: Origin): boolean {
    return port === this.#links?.requests.port && address === this.#local.address
  }

  /** Performs all actions that are possible now. */
  #work(): void {
    this.#deliver()
    this.#count()
    this.#sendRequests()
    this.#alarm.set(this.#receiver.due)
  }

  /** Passes messages to the socket. Those that do not fit stay in the receive window. */
  #deliver(): void {
    const { far } = this.#session
    while (far.requestRoom()) {
      const message = this.#receiver.receive()
      if (message === undefined) break
      far.send(message)
    }
    for (let report = this.#receiver.report(); report !== undefined; report = this.#receiver.report())
      this.#report(report)
  }

  #report(report: Report): void {
    const { host, endpoint: address } = this.#session
    const { source } = report
    if (report.kind === "loss") {
      host.counters.dropped += report.packets
      host.emit({ type: "loss", address, loss: { source, ...report.range } })
    } else {
      host.counters.dropped++
      host.emit({ type: "accept:error", address, error: report.error })
    }
  }

  #count(): void {
    const { far, host } = this.#session
    const { repaired, sources } = this.#receiver
    host.counters.repaired += repaired - this.#counted
    this.#counted = repaired
    const known = this.#known
    if (sources > 0 === known) return
    this.#known = sources > 0
    if (known) far.withdrawPeer()
    else far.announcePeer({ socketType: "", routingId: EMPTY })
  }

  #known = false

  #sendRequests(): void {
    if (this.#links === undefined) return
    const { port } = this.#session.address
    const { counters } = this.#session.host
    for (const { packet, to } of this.#receiver.drain()) {
      counters.bytesOut += packet.length
      if (to === "group") this.#links.requests.send(packet, port, this.#group)
      else {
        const zone = isLinkLocal(to.address) && !to.address.includes("%") ? this.#local.zone : ""
        this.#links.requests.send(packet, to.port ?? port, to.address + zone)
      }
    }
  }
}
