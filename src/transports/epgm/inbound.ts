import type { PipeOwner, Sink } from "../../core/pipe.js"
import { canonicalAddress } from "../../pgm/address.js"
import { Receiver, type Report } from "../../pgm/receiver.js"
import type { Origin } from "../../pgm/source.js"
import { EMPTY, type Frame } from "../../zmtp/bytes.js"
import { Alarm, now } from "./alarm.js"
import type { Carrier, Session } from "./carrier.js"
import { isLinkLocal, type LocalInterface } from "./local-interface.js"
import type { Link, Network } from "./network.js"

/** What the system is asked to keep for a receiver that is busy, in bytes; it may have a limit of its own. */
const RECEIVE_BUFFER = 4 * 1024 * 1024

/** What is asked of neighbors does not leave their network. */
const NEIGHBORS = 1

/** Carries what a multicast group gets to a SUB or XSUB. */
export class Inbound implements Carrier, PipeOwner, Sink {
  readonly #session: Session
  readonly #local: LocalInterface
  readonly #receiver: Receiver
  readonly #alarm: Alarm
  readonly #group: string
  #links: { readonly group: Link; readonly requests: Link } | undefined
  /** Repairs that are in the counters. */
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

  /** @throws ZmqError (rejects) what the system says. */
  static async open(session: Session, local: LocalInterface, network: Network): Promise<Inbound> {
    const { address, options, far } = session
    const inbound = new Inbound(session, local)
    const common = { via: local.via, hops: NEIGHBORS, loop: true }
    const requests = await network.open({ ...common, local: local.address, port: 0, shared: false }, () => undefined)
    try {
      const group = await network.open(
        {
          ...common,
          // The group's own address keeps away what is sent to this host, and what other groups of the port get.
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

  /** Nobody on the network can be told of subscriptions: they are for this side alone. */
  accept(): boolean {
    return true
  }

  // PipeOwner

  readActivated(): void {
    // `accept` takes everything.
  }

  writeActivated(): void {
    this.#work()
  }

  pipeTerminated(): void {
    // The transport's host ends the carrier, too.
  }

  peerReady(): void {
    // The other end is a socket, always there.
  }

  #packet(packet: Frame, origin: Origin): void {
    if (this.#links === undefined || this.#isOwn(origin)) return
    this.#session.host.counters.bytesIn += packet.length
    this.#receiver.packet(packet, origin, now())
    this.#work()
  }

  /** A request of this receiver's that the group has brought back. */
  #isOwn({ port, address }: Origin): boolean {
    return port === this.#links?.requests.port && address === this.#local.address
  }

  /** Goes on with everything that can go on. */
  #work(): void {
    this.#deliver()
    this.#count()
    this.#ask()
    this.#alarm.set(this.#receiver.due)
  }

  /** What the socket has no room for waits in the receive window. */
  #deliver(): void {
    const { far } = this.#session
    while (far.requestRoom()) {
      const message = this.#receiver.receive()
      if (message === undefined) break
      far.send(message)
    }
    for (let report = this.#receiver.report(); report !== undefined; report = this.#receiver.report())
      this.#tell(report)
  }

  #tell(report: Report): void {
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

  #ask(): void {
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
