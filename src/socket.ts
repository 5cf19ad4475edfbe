import { context as defaultContext, Context } from "./context.js"
import { zmqError } from "./errors.js"
import type { SocketStats } from "./insight.js"
import { checkIdentifier, checkOpen, readNumbered, readOption, writeNumbered, writeOption } from "./option-access.js"
import type { Observer } from "./observer.js"
import { peerOf } from "./core/session.js"
import type { OriginCheck } from "./transports/transport.js"
import type { Authenticator } from "./transports/zap.js"
import type { NetworkPeer } from "./zmtp/peer.js"
import { Operations } from "./operations.js"
import { COMMON, type OptionRule, type SocketTypeNumber } from "./options.js"
import { explainReadOnly } from "./read-only.js"
import { SocketCore } from "./socket-core.js"
import { addOptions, isThreadSafe, register, type SocketType } from "./socket-type.js"
import { isBytes } from "./zmtp/bytes.js"

/** Closes the sockets that nobody holds any more. */
const forgotten =
  typeof FinalizationRegistry === "undefined"
    ? undefined
    : new FinalizationRegistry<Operations>((operations) => {
        operations.abandon()
      })

/** The part of `socket` that its subclasses in this library build on. */
export let coreOf: (socket: Socket) => SocketCore
/** The same for an operation. @throws ZmqError EBADF when it is closed, EBUSY while it binds. */
export let use: (socket: Socket) => SocketCore
export let operationsOf: (socket: Socket) => Operations
/** Nothing else can be done with `socket` until `operation` has settled. */
export let block: <T>(socket: Socket, operation: () => Promise<T>) => Promise<T>

/**
 * What all sockets have in common: endpoints, closing, and the promises around one pattern. Several calls of `send`
 * and of `receive` may wait at once; they are served first come, first served.
 */
export abstract class Socket {
  /** How long to go on sending after `close`, in ms; -1 means without limit. Default -1, 0 for SUB, XSUB and DISH (ZMQ_LINGER). */
  declare linger: number
  /**
   * Which web pages may connect to `ws://` and `wss://` endpoints bound afterwards. Default: those of the host that is
   * connected to, on any port. Who sends no origin is no browser, and let in unless this is a function. Not of libzmq.
   */
  declare webSocketOrigin: OriginCheck | undefined
  /** Time before connecting again, in ms, plus a random part of it; 0 or -1 means never. Default 100 (ZMQ_RECONNECT_IVL). */
  declare reconnectInterval: number
  /** Longest time before connecting again, in ms: the interval doubles up to it. Default 0, no doubling (ZMQ_RECONNECT_IVL_MAX). */
  declare reconnectMaxInterval: number
  /** Most connections waiting to be accepted. Default 100 (ZMQ_BACKLOG). */
  declare backlog: number
  /** Largest frame to accept, in bytes; a peer that sends a larger one is cut off. -1 means no limit, the default (ZMQ_MAXMSGSIZE). */
  declare maxMessageSize: number
  /** Largest message to accept, all its frames together, in bytes; a peer that sends a larger one is cut off. -1 means 4 GiB, the default. Not of libzmq. */
  declare maxMultipartSize: number
  /** Most connections accepted by each endpoint; further ones are turned away. 0 means no limit. Default 65,536. Not of libzmq. */
  declare maxConnections: number
  /** Queue messages only for connections that are there. Default false (ZMQ_IMMEDIATE). */
  declare immediate: boolean
  /** Use IPv6 as well as IPv4. Default as in the context, false (ZMQ_IPV6). */
  declare ipv6: boolean
  /** Adds an address or block (`10.0.0.0/8`) to those whose tcp connections are accepted; `null` accepts all, the default (ZMQ_TCP_ACCEPT_FILTER). */
  declare tcpAcceptFilter: string | null
  /** `host:port` of a SOCKS5 proxy that tcp connections are made through; `null` for none, the default (ZMQ_SOCKS_PROXY). */
  declare socksProxy: string | null
  /** Longest time a handshake may take, in ms; 0 means no limit. Default 30,000 (ZMQ_HANDSHAKE_IVL). */
  declare handshakeInterval: number
  /** Longest time that connecting may take, in ms; 0 leaves it to the system. Default 0 (ZMQ_CONNECT_TIMEOUT). */
  declare connectTimeout: number
  /** Time between heartbeats to each peer, in ms; 0 means none. Default 0 (ZMQ_HEARTBEAT_IVL). */
  declare heartbeatInterval: number
  /** How long a peer may leave a heartbeat unanswered, in ms. Default -1, as long as the interval (ZMQ_HEARTBEAT_TIMEOUT). */
  declare heartbeatTimeout: number
  /** How long a peer is to wait for our next sign of life, in ms, kept in steps of 100. Default 0, for ever (ZMQ_HEARTBEAT_TTL). */
  declare heartbeatTimeToLive: number
  /** Serve PLAIN: peers say a name and a password, which are judged. Default false (ZMQ_PLAIN_SERVER). */
  declare plainServer: boolean
  /** Name for PLAIN, as a client, 1 to 255 bytes; `null` turns PLAIN off, the default (ZMQ_PLAIN_USERNAME). */
  declare plainUsername: string | null
  /** Password for PLAIN, likewise (ZMQ_PLAIN_PASSWORD). */
  declare plainPassword: string | null
  /** Serve CURVE: peers know our public key. Default false (ZMQ_CURVE_SERVER). */
  declare curveServer: boolean
  /** Our public key for CURVE, 40 characters of Z85 or 32 bytes. Default none (ZMQ_CURVE_PUBLICKEY). */
  declare curvePublicKey: string | null
  /** Our secret key for CURVE, likewise (ZMQ_CURVE_SECRETKEY). */
  declare curveSecretKey: string | null
  /** The server's public key for CURVE, as a client (ZMQ_CURVE_SERVERKEY). */
  declare curveServerKey: string | null
  /** Domain that peers are judged in, 1 to 255 bytes. Default none (ZMQ_ZAP_DOMAIN). */
  declare zapDomain: string | null
  /** Judge peers only where there is a domain, and let none in when there is nobody to judge. Default false (ZMQ_ZAP_ENFORCE_DOMAIN). */
  declare zapEnforceDomain: boolean
  /**
   * Judges peers in place of a ZAP handler: of PLAIN and CURVE clients, and of all peers without security. Counts for
   * endpoints bound or connected afterwards. Not of libzmq.
   */
  declare authenticate: Authenticator | undefined
  /** Private key, in PEM, to bind `wss://` with; `null` for none, the default (ZMQ_WSS_KEY_PEM). */
  declare wssKeyPem: string | null
  /** Certificate that belongs to it, in PEM, with those that lead to its root (ZMQ_WSS_CERT_PEM). */
  declare wssCertPem: string | null
  /** Certificates, in PEM, that a `wss://` server is to be vouched for by; `null` for the system's, the default (ZMQ_WSS_TRUST_PEM). */
  declare wssTrustPem: string | null
  /** Name that a `wss://` server has to have; `null` for the endpoint's host, the default (ZMQ_WSS_HOSTNAME). */
  declare wssHostname: string | null
  /** Trust the system's certificates beside `wssTrustPem`. Default false (ZMQ_WSS_TRUST_SYSTEM). */
  declare wssTrustSystem: boolean
  /** TCP keep-alive: 1 on, 0 off, -1 as the system has it. Default -1 (ZMQ_TCP_KEEPALIVE). */
  declare tcpKeepalive: number
  /** Idle time before the first TCP keep-alive, in s; -1 as the system has it. Default -1 (ZMQ_TCP_KEEPALIVE_IDLE). */
  declare tcpKeepaliveIdle: number
  /** TCP keep-alives left unanswered until the connection is given up. Default -1 (ZMQ_TCP_KEEPALIVE_CNT). See docs/semantics.md. */
  declare tcpKeepaliveCount: number
  /** Time between TCP keep-alives, in s. Default -1 (ZMQ_TCP_KEEPALIVE_INTVL). See docs/semantics.md. */
  declare tcpKeepaliveInterval: number
  /** Time that sent data may stay unacknowledged, in ms. Default 0 (ZMQ_TCP_MAXRT). Kept only: see docs/semantics.md. */
  declare tcpMaxRetransmitTimeout: number
  /** IP type of service. Default 0 (ZMQ_TOS). See docs/semantics.md. */
  declare typeOfService: number
  /** Network interface to use. Default none (ZMQ_BINDTODEVICE). Kept only: see docs/semantics.md. */
  declare interface: string | null
  /** I/O threads to use, as bits. Default 0 (ZMQ_AFFINITY). Kept only: there are no I/O threads. */
  declare affinity: number
  /** Multicast rate in kbit/s. Default 100 (ZMQ_RATE). Kept only: for pgm, which is not there. */
  declare rate: number
  /** Multicast recovery interval in ms. Default 10,000 (ZMQ_RECOVERY_IVL). Kept only: for pgm, which is not there. */
  declare recoveryInterval: number
  /** Largest multicast packet in bytes. Default 1500 (ZMQ_MULTICAST_MAXTPDU). Kept only: for pgm, which is not there. */
  declare multicastMaxTransportDataUnit: number
  /** Windows' fast path for loopback. Default false (ZMQ_LOOPBACK_FASTPATH). Kept only. */
  declare loopbackFastPath: boolean

  /** What happens to its connections; the same observer each time. @throws ZmqError ENOTSOCK once closed. */
  declare readonly events: Observer

  readonly #core: SocketCore
  readonly #operations: Operations
  /** Number of operations under way that leave no room for others: bind, unbind, a proxy. */
  #blocked = 0
  #closeWanted = false

  static {
    coreOf = (socket) => socket.#core
    use = (socket) => {
      socket.#operations.check()
      return socket.#core
    }
    operationsOf = (socket) => socket.#operations
    block = (socket, operation) => socket.#block(operation)
  }

  protected constructor(type: SocketTypeNumber, options: object = {}) {
    if (typeof type !== "number") throw new TypeError("Socket type must be a number")
    if (typeof options !== "object" || (options as unknown) === null) throw new TypeError("Options must be an object")
    checkCount(arguments.length, 2)
    const { context = defaultContext, ...rest } = options as { context?: Context }
    if (!(context instanceof Context)) throw zmqError("EINVAL")
    this.#core = new SocketCore(type, context)
    this.#operations = new Operations(this.#core)
    this.#core.owner = this.#operations
    if (typeof WeakRef !== "undefined") this.#core.face = new WeakRef<Socket>(this)
    forgotten?.register(this, this.#operations, this)
    try {
      Object.assign(Object.seal(this), rest)
    } catch (error) {
      this.#core.close()
      throw error
    }
  }

  /** The context this socket was made in; `undefined` once closed. */
  get context(): Context {
    return (this.#core.closed ? undefined : this.#core.context) as Context
  }

  get closed(): boolean {
    return this.#core.closed
  }

  /** Whether `receive` would give a message at once. */
  get readable(): boolean {
    return !this.#core.closed && this.#core.pattern.readable
  }

  /** Whether `send` would take a message at once. */
  get writable(): boolean {
    return !this.#core.closed && this.#core.pattern.writable
  }

  /** What it has done since it was made, and what it holds now; also of a closed socket. */
  stats(): SocketStats {
    return this.#core.stats()
  }

  /** Number of the socket type (ZMQ_TYPE). */
  get type(): SocketTypeNumber {
    checkOpen(this.#core)
    return this.#core.type
  }

  /** What the options of PLAIN and CURVE have chosen; `null` for no security (ZMQ_MECHANISM). */
  get securityMechanism(): null | "plain" | "curve" | "gssapi" {
    checkOpen(this.#core)
    const { mechanism } = this.#core.settings
    return mechanism === "NULL" ? null : mechanism === "PLAIN" ? "plain" : "curve"
  }

  /**
   * Whether `peerOf` is to know where messages come from, for endpoints bound or connected afterwards. Costs some time
   * for each message. Default false.
   */
  get tracePeers(): boolean {
    return this.#core.settings.tracePeers
  }

  set tracePeers(trace: boolean) {
    if (typeof trace !== "boolean") throw new TypeError("Option value must be a boolean")
    this.#core.settings.tracePeers = trace
  }

  /**
   * Who sent `message`, the array as it was received: address, keys, and what whoever judged the peer said of it.
   * `undefined` over inproc, and without `tracePeers`.
   */
  peerOf(message: readonly Uint8Array[]): NetworkPeer | undefined {
    return peerOf(message as Uint8Array[])
  }

  /** As in libzmq, true for draft sockets; here too a socket belongs to the thread that made it (ZMQ_THREAD_SAFE). */
  get threadSafe(): boolean {
    checkOpen(this.#core)
    return isThreadSafe(this.#core.type)
  }

  /** The endpoint last bound or connected, with wildcards replaced; `null` before that (ZMQ_LAST_ENDPOINT). */
  get lastEndpoint(): string | null {
    checkOpen(this.#core)
    return this.#core.lastEndpoint
  }

  /**
   * Starts to listen at `address`; resolves when peers can connect. Until then nothing else can be done.
   * @param address `tcp://host:port`, `ipc://path`, `ws://host:port/path` or `inproc://name`; `*` for any host, port or path.
   * @throws ZmqError (rejects) EINVAL, EADDRINUSE, EADDRNOTAVAIL, ENODEV, EACCES, EPROTONOSUPPORT …
   */
  bind(address: string): Promise<void> {
    checkAddress(address)
    checkCount(arguments.length, 1)
    this.#operations.check()
    return this.#block(() => this.#core.bind(address))
  }

  /**
   * Stops listening at `address` and ends the connections accepted there; resolves when the address is free again.
   * @param address As given to `bind`, or `lastEndpoint` if it had wildcards.
   * @throws ZmqError (rejects) ENOENT when it is not bound.
   */
  unbind(address: string): Promise<void> {
    checkAddress(address)
    checkCount(arguments.length, 1)
    this.#operations.check()
    return this.#block(() => this.#core.unbind(address))
  }

  /**
   * Connects to `address`, and again whenever the connection is lost. Does not wait: messages queue meanwhile.
   * @throws ZmqError EINVAL, EPROTONOSUPPORT, ENAMETOOLONG
   */
  connect(address: string): void {
    checkAddress(address)
    checkCount(arguments.length, 1)
    this.#operations.check()
    this.#core.connect(address)
  }

  /** @throws ZmqError ENOENT when `address` is not connected. */
  disconnect(address: string): void {
    checkAddress(address)
    checkCount(arguments.length, 1)
    this.#operations.check()
    this.#core.disconnect(address)
  }

  /** Like `bind`, for endpoints that can be bound at once. @throws ZmqError EINVAL for others: use `bind`. */
  bindSync(address: string): void {
    checkAddress(address)
    checkCount(arguments.length, 1)
    this.#operations.check()
    this.#core.bindSync(address)
  }

  /** Like `unbind`, but the address may be free only when the event loop has turned. */
  unbindSync(address: string): void {
    checkAddress(address)
    checkCount(arguments.length, 1)
    this.#operations.check()
    void this.#core.unbindSync(address)
  }

  /** Releases everything at once; messages already sent go on in the background for up to `linger` ms. */
  close(): void {
    checkCount(arguments.length, 0)
    if (this.#core.closed) return
    if (this.#blocked > 0) {
      this.#closeWanted = true
      return
    }
    // Its context can be collected with it, which what is registered would hold.
    forgotten?.unregister(this)
    this.#core.close()
    this.#operations.dismiss()
  }

  /** Reads an option by its `ZMQ_…` number. @throws ZmqError EINVAL when there is none to read. */
  protected getBoolOption(option: number): boolean {
    return Boolean(readByNumber(this.#core, option, arguments.length))
  }

  /** Sets an option by its `ZMQ_…` number. @throws ZmqError EINVAL when there is none to set. */
  protected setBoolOption(option: number, value: boolean): void {
    checkIdentifier(option)
    if (typeof value !== "boolean") throw new TypeError("Option value must be a boolean")
    checkCount(arguments.length, 2)
    writeNumbered(this.#core, option, value)
  }

  protected getInt32Option(option: number): number {
    return Number(readByNumber(this.#core, option, arguments.length))
  }

  protected setInt32Option(option: number, value: number): void {
    setNumber(this.#core, option, value, arguments.length)
  }

  protected getUint32Option(option: number): number {
    return Number(readByNumber(this.#core, option, arguments.length))
  }

  protected setUint32Option(option: number, value: number): void {
    setNumber(this.#core, option, value, arguments.length)
  }

  protected getInt64Option(option: number): number {
    return Number(readByNumber(this.#core, option, arguments.length))
  }

  protected setInt64Option(option: number, value: number): void {
    setNumber(this.#core, option, value, arguments.length)
  }

  protected getUint64Option(option: number): number {
    return Number(readByNumber(this.#core, option, arguments.length))
  }

  protected setUint64Option(option: number, value: number): void {
    setNumber(this.#core, option, value, arguments.length)
  }

  protected getStringOption(option: number): string | null {
    return readByNumber(this.#core, option, arguments.length) as string | null
  }

  protected setStringOption(option: number, value: string | Uint8Array | null): void {
    checkIdentifier(option)
    if (value !== null && typeof value !== "string" && !isBytes(value)) {
      throw new TypeError("Option value must be a string or buffer")
    }
    checkCount(arguments.length, 2)
    writeNumbered(this.#core, option, value)
  }

  [Symbol.dispose](): void {
    this.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close()
    return Promise.resolve()
  }

  async #block<T>(operation: () => Promise<T>): Promise<T> {
    this.#blocked++
    this.#core.binding = true
    try {
      return await operation()
    } finally {
      this.#core.binding = --this.#blocked > 0
      if (this.#closeWanted) this.close()
    }
  }
}

/** From now on there are sockets of `type`; returns its number. */
export function introduce(type: SocketType): SocketTypeNumber {
  if (register(type)) defineOptions(type.class().prototype, type.options?.flat() ?? [])
  return type.number
}

/** Gives `prototype` accessors of options. */
function defineOptions(prototype: Socket, rules: readonly OptionRule[]): void {
  for (const rule of rules) {
    Object.defineProperty(prototype, rule.name, {
      configurable: true,
      enumerable: false,
      get(this: Socket) {
        return readOption(coreOf(this), rule)
      },
      set(this: Socket, value: unknown) {
        writeOption(coreOf(this), rule, value)
      },
    })
  }
}

defineOptions(Socket.prototype, COMMON)

/** From now on every socket has options by `rules`, too. */
export function provideOptions(rules: readonly OptionRule[]): void {
  addOptions(rules)
  defineOptions(Socket.prototype, rules)
}

/** From now on to set one of the options called `names` is ENOTSUP, save to what is nothing; they read as `undefined`. */
export function refuseOptions(names: readonly string[]): void {
  for (const name of names) {
    Object.defineProperty(Socket.prototype, name, {
      set(value: unknown) {
        if (value) throw zmqError("ENOTSUP", { message: `No ${name} in browsers` })
      },
    })
  }
}

explainReadOnly(Socket, "Socket")

/** @throws TypeError when there are more arguments than there should be; that they are right is checked before. */
export function checkCount(received: number, expected: number): void {
  if (received <= expected) return
  throw new TypeError(`Expected ${expected} argument${expected === 1 ? "" : "s"} but received ${received}`)
}

function readByNumber(core: SocketCore, option: number, count: number): unknown {
  checkIdentifier(option)
  checkCount(count, 1)
  return readNumbered(core, option)
}

function setNumber(core: SocketCore, option: number, value: number, count: number): void {
  checkIdentifier(option)
  if (typeof value !== "number") throw new TypeError("Option value must be a number")
  checkCount(count, 2)
  writeNumbered(core, option, value)
}

function checkAddress(address: unknown): void {
  if (typeof address !== "string") throw new TypeError("Address must be a string")
}
