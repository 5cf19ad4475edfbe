import { createSocket, type RemoteInfo, type Socket } from "node:dgram"
import { lookup, type LookupOneOptions } from "node:dns"
import { once } from "node:events"
import { isIP, isIPv6 } from "node:net"
import { networkInterfaces } from "node:os"
import { Backoff } from "../../core/backoff.js"
import { LocalPipe } from "../../core/local-pipe.js"
import type { Pipe, PipeOwner, SessionPipe, Sink } from "../../core/pipe.js"
import type { Timer } from "../../core/clock.js"
import { systemError, zmqError } from "../../core/errors.js"
import { EMPTY, encodeText, retain, type Frame, type Multipart } from "../../zmtp/bytes.js"
import { factsOf } from "../../zmtp/socket-types.js"
import {
  decodeDatagram,
  encodeDatagram,
  parseDatagramAddress,
  type DatagramAddress,
} from "../../zmtp/frames/datagram.js"
import { localAddress, resolveLocal } from "../net/local-address.js"
import type { Binding, Connection, Transport, TransportHost, TransportOptions } from "../transport.js"
import { isMulticast, parseUdpAddress, type UdpAddress } from "./udp-address.js"

/** Most datagrams handed to the system and not taken by it yet. In Deno they would overtake each other. */
const MAX_UNSENT = "Deno" in globalThis ? 1 : 128

/** `udp://`, over `node:dgram`: a DISH or a DGRAM binds, a RADIO connects. There is nobody to shake hands with. */
export const udp: Transport = {
  async bind(text, host) {
    const address = parseBind(text, host)
    const options = host.transportOptions()
    const endpoint = `udp://${text}`
    const ip = await resolveLocal(address.host, options.ipv6, endpoint)
    const socket = open(address, ip)
    if (!isBound(socket)) await whenBound(socket, endpoint)
    return listen(socket, address, ip, options, host)
  },

  bindSync(text, host) {
    const address = parseBind(text, host)
    const options = host.transportOptions()
    const ip = localAddress(address.host, options.ipv6, `udp://${text}`)
    if (ip === undefined) throw zmqError("ENODEV", { address: `udp://${text}` })
    const socket = open(address, ip)
    if (isBound(socket)) return listen(socket, address, ip, options, host)
    socket.close()
    throw zmqError("ENOTSUP", { address: `udp://${text}`, message: "Use bind: no bindSync for udp here" })
  },

  connect(text, host, _routingId, ended) {
    if (factsOf(host.self.socketType).udp !== "sends") throw zmqError("ENOCOMPATPROTO", { address: `udp://${text}` })
    return new Destination(parseUdpAddress(text, false), host, ended)
  },
}

/** What messages are in datagrams. */
interface Format {
  /** `undefined` for what is not to be sent. */
  encode(message: Multipart): readonly [datagram: Frame, to: DatagramAddress] | undefined
  /** `undefined` for what is no message. */
  decode(datagram: Frame, from: RemoteInfo): Multipart | undefined
}

/** DISH: nobody is told which groups it has joined. */
const GROUPED: Format = {
  encode: () => undefined,
  decode: decodeDatagram,
}

/** DGRAM */
const ADDRESSED: Format = {
  encode([address, datagram]) {
    const to = parseDatagramAddress(address!)
    if (to === undefined) return undefined
    // The system reads it later if a name has to be looked up first, or its buffer is full.
    const [kept] = retain([datagram!])
    return [kept!, to]
  },
  decode: (datagram, { address, port, family }) => [
    encodeText(`${family === "IPv6" ? `[${address}]` : address}:${port}`),
    datagram,
  ],
}

/** Carries messages between a pipe and a UDP socket. What the pipe or the system has no room for is lost. */
class Carrier implements PipeOwner, Sink {
  /** Resolves when the UDP socket is closed. */
  readonly closed: Promise<void>
  readonly near: Pipe
  readonly far: SessionPipe
  #socket: Socket | undefined
  #unsent = 0
  #ending = false
  #settleClosed: () => void = () => undefined

  /** @throws ZmqError EINVAL when the socket takes no such pipe. */
  constructor(
    private readonly format: Format,
    host: TransportHost,
    private readonly ended: () => void = () => undefined,
  ) {
    this.closed = new Promise((resolve) => (this.#settleClosed = resolve))
    ;[this.near, this.far] = LocalPipe.pair(host, host.pipeOptions(), this)
    this.far.sink = this
    host.attach(this.near)
  }

  get sending(): boolean {
    return this.#socket !== undefined && this.#unsent < MAX_UNSENT
  }

  open(socket: Socket): void {
    this.#socket = socket
    socket.unref()
    socket.on("message", (datagram, from) => {
      const message = this.format.decode(datagram, from)
      if (message !== undefined) this.far.send(message)
    })
    this.#flush()
    if (this.#ending) this.#settle()
  }

  /** The socket has closed its end of the pipe: what it has sent goes out, unless `linger` is 0. */
  end(linger: number): void {
    this.#ending = true
    if (linger === 0) this.abandon()
    else this.#settle()
  }

  /** What is not sent is lost. */
  abandon(): void {
    this.#ending = true
    this.far.close()
    this.#unsent = 0
    this.#settle()
    if (this.#socket === undefined) this.#settleClosed()
  }

  // Sink

  accept(message: Multipart): boolean {
    if (!this.sending) return false
    this.#send(message)
    return true
  }

  // PipeOwner

  readActivated(): void {
    this.#flush()
  }

  pipeTerminated(): void {
    this.#ending = true
    this.#settle()
    this.ended()
  }

  peerReady(): void {
    // The other end is a socket, always there.
  }

  writeActivated(): void {
    // What comes while the socket is full is lost.
  }

  #send(message: Multipart): void {
    const datagram = this.format.encode(message)
    if (datagram === undefined) return
    const [bytes, { host, port }] = datagram
    this.#unsent++
    this.#socket!.send(bytes, port, host, this.#sent)
  }

  /** Or not: nobody ever knows what becomes of a datagram. */
  readonly #sent = (): void => {
    this.#unsent--
    this.#flush()
    if (this.#ending) this.#settle()
  }

  #flush(): void {
    while (this.sending) {
      const message = this.far.receive()
      if (message === undefined) return
      this.#send(message)
    }
  }

  /** Closes once everything is sent. The process stays alive until then. */
  #settle(): void {
    const socket = this.#socket
    if (socket === undefined) return
    if (this.#unsent > 0 || this.far.readable) {
      socket.ref()
      return
    }
    this.#socket = undefined
    this.far.close()
    socket.close(() => {
      this.#settleClosed()
    })
  }
}

/** One bound endpoint. */
class Listener implements Binding {
  readonly #carrier: Carrier

  constructor(
    readonly endpoint: string,
    socket: Socket,
    private readonly host: TransportHost,
  ) {
    this.#carrier = new Carrier(factsOf(host.self.socketType).udp === "only" ? ADDRESSED : GROUPED, host)
    this.#carrier.open(socket)
  }

  unbind(linger: number): Promise<void> {
    this.host.detach(this.#carrier.near)
    this.#carrier.end(linger)
    return this.#carrier.closed
  }

  close(linger: number): void {
    this.#carrier.end(linger)
  }
}

/** Where a RADIO sends: every group, since nobody can join any. */
class Destination implements Connection, Format {
  readonly #carrier: Carrier
  readonly #options: TransportOptions
  readonly #backoff: Backoff
  #timer: Timer | undefined
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
    this.#carrier = new Carrier(this, host, ended)
    this.#carrier.far.announcePeer({ socketType: "", routingId: EMPTY, unfiltered: true })
    if (socket === undefined) this.#resolve()
    else this.#carry(socket)
  }

  disconnect(linger: number): void {
    this.#left = true
    this.host.detach(this.#carrier.near)
    this.#carrier.end(linger)
    // Without a timer to end it the name is being looked up, and what was sent may still go out.
    if (this.#timer !== undefined) this.#carrier.abandon()
    this.#timer?.cancel()
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

  /** Looks the name up until it is found and its socket can be opened. Messages wait meanwhile. */
  #resolve(): void {
    this.#timer = undefined
    lookup(this.address.host, this.#options.ipv6 ? {} : { family: 4 }, (error, ip) => {
      if (error === null) this.#attempt(() => this.#open(ip))
      else this.#failed(error)
    })
  }

  /** For what happens in a callback, where nobody could catch an error. */
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
    this.host.emit({ type: "connect:retry", address, interval })
    this.#timer = this.host.runtime.clock.after(interval, () => {
      this.#resolve()
    })
  }

  /** @throws ZmqError */
  #open(ip: string): Socket {
    if (isIPv6(ip) && !this.#options.ipv6) throw zmqError("EAFNOSUPPORT", { address: this.#endpoint })
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

function parseBind(text: string, host: TransportHost): UdpAddress {
  if (factsOf(host.self.socketType).udp === "sends") throw zmqError("ENOCOMPATPROTO", { address: `udp://${text}` })
  return parseUdpAddress(text, true)
}

/** Several sockets may listen to one multicast group, but only one to an address of its own. */
function open({ port, through }: UdpAddress, ip: string): Socket {
  const multicast = isMulticast(ip)
  const socket = createUdp(ip, multicast)
  bindNow(socket, multicast ? (isIPv6(ip) ? "::" : "0.0.0.0") : ip, port, endpointOf(ip, port, through))
  return socket
}

function endpointOf(ip: string, port: number, through: string | undefined): string {
  return `udp://${through === undefined ? "" : `${through};`}${isIPv6(ip) ? `[${ip}]` : ip}:${port}`
}

function listen(
  socket: Socket,
  { through }: UdpAddress,
  ip: string,
  options: TransportOptions,
  host: TransportHost,
): Listener {
  const ipv6 = isIPv6(ip)
  const endpoint = endpointOf(ip, socket.address().port, through)
  return configure(socket, endpoint, () => {
    if (isMulticast(ip)) {
      const via = through === undefined ? undefined : interfaceFor(through, ipv6, endpoint)
      socket.addMembership(ip, via)
    }
    tune(socket, options)
    return new Listener(endpoint, socket, host)
  })
}

function createUdp(ip: string, reuseAddr: boolean): Socket {
  return createSocket({ type: isIPv6(ip) ? "udp6" : "udp4", reuseAddr, lookup: lookUp })
}

/**
 * Binds before it returns, thanks to `lookUp`, but in Bun, which does it in a later turn.
 * @throws ZmqError what the system says.
 */
function bindNow(socket: Socket, address: string, port: number, endpoint: string): void {
  let failure: Error | undefined
  socket.on("error", (error) => (failure = error))
  socket.bind({ address, port, exclusive: true })
  if (failure === undefined) return
  socket.close()
  throw systemError(failure, endpoint)
}

function isBound(socket: Socket): boolean {
  try {
    return socket.address().port > 0
  } catch {
    return false
  }
}

/** @throws ZmqError what the system says. */
async function whenBound(socket: Socket, endpoint: string): Promise<void> {
  try {
    await once(socket, "listening")
  } catch (error) {
    socket.close()
    throw systemError(error, endpoint)
  }
}

/** Does `configuration` or closes `socket`. @throws ZmqError */
function configure<T>(socket: Socket, endpoint: string, configuration: () => T): T {
  try {
    return configuration()
  } catch (error) {
    socket.close()
    throw error instanceof Error && "address" in error ? error : systemError(error, endpoint)
  }
}

function tune(socket: Socket, { multicastHops, multicastLoop }: TransportOptions): void {
  socket.setMulticastTTL(Math.min(multicastHops, 255))
  socket.setMulticastLoopback(multicastLoop)
}

/** What Node takes for the interface: an address of IPv4, a name for IPv6. @throws ZmqError ENODEV */
function interfaceFor(through: string, ipv6: boolean, endpoint: string): string {
  if (through === "*") return ipv6 ? "::" : "0.0.0.0"
  if (!ipv6) {
    const address = localAddress(through, false, endpoint)
    if (address !== undefined) return address
  }
  for (const [name, addresses = []] of Object.entries(networkInterfaces())) {
    if (name === through || addresses.some(({ address }) => address === through)) return `::%${name}`
  }
  throw zmqError("ENODEV", { address: endpoint })
}

/** Calls back at once for an IP address, so that binding and sending need not wait for the next turn. */
function lookUp(
  host: string,
  options: LookupOneOptions,
  callback: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
): void {
  const family = isIP(host)
  if (family > 0) callback(null, host, family)
  else lookup(host, options, callback)
}
