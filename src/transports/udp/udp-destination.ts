import type { Socket } from "node:dgram"
import { isIP, isIPv6 } from "node:net"
import { Backoff } from "../backoff.js"
import type { Timer } from "../../core/runtime/clock.js"
import { endpointError } from "../../core/errors.js"
import { EMPTY, type Frame, type Multipart } from "../../zmtp/bytes.js"
import { encodeDatagram, type DatagramAddress } from "../../zmtp/frames/datagram.js"
import { localAddress, NEEDS_IPV6 } from "../net/local-address.js"
import { systemResolver } from "../net/resolver.js"
import type { ConnectedEndpoint, TransportHost, TransportOptions } from "../transport.js"
import { DatagramCarrier, type Format } from "./datagram-carrier.js"
import type { UdpAddress } from "./udp-address.js"
import { bindNow, configure, createUdp, interfaceFor, isBound, tune, whenBound } from "./udp-socket.js"

/** The destination of a RADIO. It receives messages of every group, because receivers cannot join. */
export class UdpDestination implements ConnectedEndpoint, Format {
  readonly #carrier: DatagramCarrier
  readonly #options: TransportOptions
  readonly #backoff: Backoff
  #timer: Timer | undefined
  #stopLookup: (() => void) | undefined
  #to: DatagramAddress
  #left = false

  constructor(
    private readonly address: UdpAddress,
    private readonly host: TransportHost,
    ended: () => void,
  ) {
    this.#options = host.transportOptions()
    this.#backoff = new Backoff(this.#options.reconnectInterval, this.#options.reconnectMaxInterval)
    this.#to = address
    const ip = isIP(address.host) > 0 ? address.host : localAddress(address.host, this.#options.ipv6, this.#endpoint)
    const socket = ip === undefined ? undefined : this.#open(ip)
    this.#carrier = new DatagramCarrier(this, host, ended)
    this.#carrier.far.announcePeer({ socketType: "", routingId: EMPTY, unfiltered: true })
    if (socket === undefined) this.#resolve()
    else this.#carry(socket)
  }

  disconnect(linger: number): void {
    this.#left = true
    this.host.detach(this.#carrier.near)
    this.#carrier.end(linger)
    // Without a retry timer, the lookup is in progress, and queued messages may still be sent.
    if (this.#timer !== undefined) this.#carrier.abandon()
    this.#timer?.cancel()
    if (linger === 0) this.#stopLookup?.()
  }

  encode(message: Multipart): readonly [Frame, DatagramAddress] | undefined {
    const datagram = encodeDatagram(message)
    return datagram === undefined ? undefined : [datagram, this.#to]
  }

  decode(): undefined {
    return undefined
  }

  get #endpoint(): string {
    const { host, port } = this.address
    return `udp://${host}:${port}`
  }

  /** Looks up the name, and retries until its socket can be opened. Messages are queued in the meantime. */
  #resolve(): void {
    this.#timer = undefined
    this.#stopLookup = systemResolver.resolve(this.address.host, this.#options.ipv6 ? 0 : 4, (error, [ip]) => {
      this.#stopLookup = undefined
      if (ip !== undefined) this.#attempt(() => this.#open(ip))
      else if (error !== undefined) this.#failed(error)
    })
  }

  /** Runs `open` in a callback, where no caller could catch its errors. */
  #attempt(open: () => Socket): void {
    let socket: Socket
    try {
      socket = open()
    } catch (error) {
      this.#failed(error as Error)
      return
    }
    this.#carry(socket)
  }

  #failed(error: Error): void {
    if (this.#left) {
      this.#carrier.abandon()
      return
    }
    const address = this.#endpoint
    this.host.emit({ type: "close", address, error })
    const interval = this.#backoff.next()
    if (interval === undefined) return
    this.host.emit({ type: "connect:retry", address, interval, error })
    this.#timer = this.host.runtime.clock.after(interval, () => {
      this.#resolve()
    })
  }

  /** @throws ZmqError */
  #open(ip: string): Socket {
    if (isIPv6(ip) && !this.#options.ipv6) throw endpointError("EAFNOSUPPORT", this.#endpoint, NEEDS_IPV6)
    this.#to = { host: ip, port: this.address.port }
    const socket = createUdp(ip, false)
    bindNow(socket, isIPv6(ip) ? "::" : "0.0.0.0", 0, this.#endpoint)
    return isBound(socket) ? this.#configured(socket) : socket
  }

  /** @throws ZmqError */
  #configured(socket: Socket): Socket {
    const { through } = this.address
    return configure(socket, this.#endpoint, () => {
      tune(socket, this.#options)
      const ipv6 = isIPv6(this.#to.host)
      if (through !== undefined) socket.setMulticastInterface(interfaceFor(through, ipv6, this.#endpoint))
      return socket
    })
  }

  #carry(socket: Socket): void {
    if (isBound(socket)) {
      this.#carrier.open(socket)
      return
    }
    // Bun binds in a later turn.
    whenBound(socket, this.#endpoint).then(
      () => {
        this.#attempt(() => this.#configured(socket))
      },
      (error: unknown) => {
        this.#failed(error as Error)
      },
    )
  }
}
