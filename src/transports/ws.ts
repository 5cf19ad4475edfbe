import type { IncomingMessage, Server, ServerOptions } from "node:http"
import { connect, isIP, isIPv6, type AddressInfo, type Socket } from "node:net"
import type { Duplex } from "node:stream"
import type { ConnectionOptions } from "node:tls"
import type { ByteStream, ByteStreamOwner } from "../core/byte-stream.js"
import { systemError, zmqError } from "../errors.js"
import { loadWebSockets, type NodeWebSocket } from "../node/web-sockets.js"
import { decodeText } from "../zmtp/bytes.js"
import { MAX_HANDSHAKE_COMMAND } from "../zmtp/engine.js"
import { LimitError, ProtocolError } from "../zmtp/protocol-error.js"
import { protocolOf, subprotocols } from "../zmtp/zws.js"
import { localAddress, resolveLocal } from "./local-address.js"
import { closeServer, listenNow, listenOn } from "./net-server.js"
import type { StreamDriver } from "./stream-transport.js"
import { acceptFilter, tune } from "./tcp.js"
import type { OriginCheck, TransportOptions } from "./transport.js"
import { WebSocketStream, type Wire } from "./web-socket-stream.js"
import { parseWsBindAddress, parseWsConnectAddress } from "./ws-address.js"

type Accepted = (open: (owner: ByteStreamOwner) => ByteStream) => void
type Failed = (error: Error) => void

/** Most bytes of a request's headers. */
const MAX_HEADERS = 8192

/** What a frame of CURVE has more than its body. */
const SEALING = 64

// HTTP, TLS and what belongs to them takes as long to load as half of this library: it is loaded when it is needed.

/** `ws://` or `wss://`, over the package `ws`. */
export function wsDriver(scheme: "ws" | "wss"): StreamDriver {
  return {
    delays: true,

    async listen(address, options, accepted, failed) {
      const endpoint = `${scheme}://${address}`
      const { host, port, path } = parseWsBindAddress(scheme, address)
      const ip = await resolveLocal(host, options.ipv6, endpoint)
      const listener = new Listener(scheme, path, options, accepted, failed)
      await listenOn(listener.server, { host: ip, port, backlog: options.backlog, exclusive: true }, endpoint, failed)
      return listener
    },

    listenSync(address, options, accepted, failed) {
      const endpoint = `${scheme}://${address}`
      const { host, port, path } = parseWsBindAddress(scheme, address)
      const ip = localAddress(host, options.ipv6, endpoint)
      if (ip === undefined) throw zmqError("ENODEV", { address: endpoint })
      const listener = new Listener(scheme, path, options, accepted, failed)
      listenNow(listener.server, [ip, port, isIPv6(ip) ? 6 : 4], options.backlog, endpoint, failed)
      return listener
    },

    check(address) {
      parseWsConnectAddress(scheme, address)
    },

    dial(address, options, connected, failed) {
      const dialler = new Dialler(connected, failed)
      dialler.start(scheme, address, options)
      return dialler
    },
  }
}

/** An HTTP or HTTPS server. */
export type HttpServer = Server

export function schemeOf(server: HttpServer): "ws" | "wss" {
  // Servers of Bun have only the latter.
  return "setSecureContext" in server || "ALPNProtocols" in server ? "wss" : "ws"
}

/** A driver for what is bound at `path` of `server`, which somebody else listens with and closes. */
export function attachedTo(server: HttpServer, path: string): StreamDriver {
  return {
    ...wsDriver(schemeOf(server)),

    async listen(_address, options, accepted, failed) {
      const gate = new Gate(path, options, accepted, failed)
      if (!server.listening) await listening(server)
      const paths = pathsOf(server)
      const endpoint = `${schemeOf(server)}://${addressOf(server)}${path}`
      if (paths.has(path)) throw zmqError("EADDRINUSE", { address: endpoint })
      paths.set(path, gate)
      return {
        endpoint,
        close() {
          paths.delete(path)
          return Promise.resolve()
        },
      }
    },
  }
}

/** What is bound where on servers that are not ours. */
const attached = new WeakMap<Server, Map<string, Gate>>()

function pathsOf(server: Server): Map<string, Gate> {
  const known = attached.get(server)
  if (known !== undefined) return known
  const paths = new Map<string, Gate>()
  attached.set(server, paths)
  server.on("upgrade", (request, socket, head) => {
    const gate = paths.get(pathOf(request))
    if (gate !== undefined) gate.admit(request, socket, head)
    // Others may have a use for it.
    else if (server.listenerCount("upgrade") === 1) refuse(socket, "404 Not Found")
  })
  return paths
}

function listening(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    const listens = (): void => {
      server.off("error", fails)
      resolve()
    }
    const fails = (error: Error): void => {
      server.off("listening", listens)
      reject(systemError(error))
    }
    server.once("listening", listens)
    server.once("error", fails)
  })
}

/** An HTTP server of our own, which does nothing but accept WebSockets. */
class Listener {
  readonly server: Server
  /** Connections that are no WebSockets yet. */
  readonly #unfinished = new Map<Duplex, ReturnType<typeof setTimeout> | undefined>()

  constructor(
    private readonly scheme: string,
    private readonly path: string,
    options: TransportOptions,
    accepted: Accepted,
    failed: Failed,
  ) {
    const secure = scheme === "wss"
    const { handshakeInterval } = options
    const gate = new Gate(path === "/" ? undefined : path, options, accepted, failed)
    const allowed = acceptFilter(options.tcpAcceptFilter)
    const server = createHttpServer(secure, options)
    this.server = server
    // Connections have their own deadline, and no second request.
    server.headersTimeout = server.requestTimeout = 0
    server.on("connection", (socket) => {
      socket.unref()
      if (allowed?.(socket.remoteAddress ?? "") !== false) return
      socket.destroy()
      failed(zmqError("EACCES", { message: `Peer ${socket.remoteAddress ?? ""} is not in the accept filter` }))
    })
    server.on(secure ? "secureConnection" : "connection", (socket: Socket) => {
      socket.unref()
      const timer = handshakeInterval > 0 ? setTimeout(() => socket.destroy(), handshakeInterval) : undefined
      timer?.unref()
      this.#unfinished.set(socket, timer)
      socket.once("close", () => {
        this.#finished(socket)
      })
    })
    server.on("request", (_request, response) => {
      response.writeHead(426, { Connection: "close", Upgrade: "websocket" }).end()
    })
    server.on("upgrade", (request, socket, head) => {
      this.#finished(socket)
      gate.admit(request, socket, head)
    })
  }

  get endpoint(): string {
    return `${this.scheme}://${addressOf(this.server)}${this.path === "/" ? "" : this.path}`
  }

  close(): Promise<void> {
    for (const socket of this.#unfinished.keys()) socket.destroy()
    return closeServer(this.server)
  }

  #finished(socket: Duplex): void {
    clearTimeout(this.#unfinished.get(socket))
    this.#unfinished.delete(socket)
  }
}

function createHttpServer(secure: boolean, options: TransportOptions): Server {
  const { wssKeyPem, wssCertPem, handshakeInterval } = options
  const common: ServerOptions = { maxHeaderSize: MAX_HEADERS, noDelay: true, keepAlive: false }
  if (!secure) return process.getBuiltinModule("node:http").createServer(common)
  if (wssKeyPem.length === 0 || wssCertPem.length === 0) {
    throw zmqError("EINVAL", { message: "wss:// is bound with a key and a certificate: wssKeyPem, wssCertPem" })
  }
  const [key, cert] = [decodeText(wssKeyPem), decodeText(wssCertPem)]
  try {
    checkPair(key, cert)
    return process.getBuiltinModule("node:https").createServer({
      ...common,
      key,
      cert,
      ...(handshakeInterval > 0 ? { handshakeTimeout: handshakeInterval } : {}),
    })
  } catch (error) {
    throw zmqError("EINVAL", { message: "wssKeyPem and wssCertPem are no key and its certificate", cause: error })
  }
}

/** Node finds out when it makes the server; others when it listens, or with the first connection. */
function checkPair(key: string, cert: string): void {
  const { createPrivateKey, X509Certificate } = process.getBuiltinModule("node:crypto")
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) throw new Error("They belong to others")
}

/** Lets in who asks for a WebSocket that the socket can speak over. */
class Gate {
  readonly #spoken: ReadonlySet<string>

  /** @param path `undefined` for any. */
  constructor(
    private readonly path: string | undefined,
    private readonly options: TransportOptions,
    private readonly accepted: Accepted,
    private readonly failed: Failed,
  ) {
    this.#spoken = new Set(subprotocols(options.security))
  }

  admit(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", ignore)
    if (this.path !== undefined && pathOf(request) !== this.path) {
      refuse(socket, "404 Not Found")
      return
    }
    const { origin, host } = request.headers
    if (!isAllowed(this.options.webSocketOrigin, origin, host)) {
      refuse(socket, "403 Forbidden")
      this.failed(zmqError("EACCES", { message: `Pages of ${origin ?? "no origin"} are not let in` }))
      return
    }
    const protocol = offered(request).find((name) => this.#spoken.has(name))
    if (protocol === undefined) {
      refuse(socket, "400 Bad Request")
      this.failed(
        zmqError("EPROTONOSUPPORT", { message: `Peer speaks none of ${[...this.#spoken].join(", ")} over WebSocket` }),
      )
      return
    }
    this.#open(request, socket, head, protocol).catch((error: unknown) => {
      socket.destroy()
      this.failed(error as Error)
    })
  }

  async #open(request: IncomingMessage, socket: Duplex, head: Buffer, protocol: string): Promise<void> {
    const { WebSocketServer } = await loadWebSockets()
    if (socket.destroyed) return
    const server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: maxPayload(this.options),
    })
    // The names of ZWS have a character that `ws` does not let pass.
    delete request.headers["sec-websocket-protocol"]
    server.on("headers", (headers) => headers.push(`Sec-WebSocket-Protocol: ${protocol}`))
    server.handleUpgrade(request, socket, head, (webSocket) => {
      tune(request.socket, this.options)
      this.accepted((owner) => streamOf(webSocket, protocol, request.socket, owner))
    })
  }
}

function offered(request: IncomingMessage): string[] {
  return (request.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim())
}

/** Who is no browser says no origin. Pages of the same host are let in unless it is said otherwise. */
function isAllowed(check: OriginCheck | undefined, origin: string | undefined, host: string | undefined): boolean {
  if (typeof check === "function") return check(origin)
  if (origin === undefined) return true
  if (check === undefined) return hostOf(origin) === hostOf(`http://${host ?? ""}`)
  return check === "*" || (typeof check === "string" ? check === origin : check.includes(origin))
}

function hostOf(url: string): string | undefined {
  try {
    return new URL(url).hostname
  } catch {
    return undefined
  }
}

function pathOf({ url = "/" }: IncomingMessage): string {
  return url.split("?", 1)[0]!
}

function refuse(socket: Duplex, status: string): void {
  socket.on("error", ignore)
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

function addressOf(server: Server): string {
  const address = server.address()
  if (address === null || typeof address === "string") return address ?? ""
  const { address: host, port } = address satisfies AddressInfo
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`
}

/** An attempt to connect. */
class Dialler {
  #socket: NodeWebSocket | undefined
  #done = false

  constructor(
    private readonly connected: Accepted,
    private readonly failed: Failed,
  ) {}

  async #dial(scheme: string, address: string, options: TransportOptions, offer: readonly string[]): Promise<void> {
    const { host, port, path, source } = parseWsConnectAddress(scheme, address)
    const { WebSocket } = await loadWebSockets()
    if (this.#done) return
    const bracketed = isIPv6(host) ? `[${host}]` : host
    const tcp = {
      host,
      port,
      noDelay: true,
      ...(options.ipv6 ? {} : { family: 4 }),
      ...(source === undefined || source.host === "*" ? {} : { localAddress: source.host }),
      ...(source === undefined || source.port === 0 ? {} : { localPort: source.port }),
    }
    const { handshakeInterval } = options
    const webSocket = new WebSocket(`${scheme}://${bracketed}:${port}${path}`, {
      // The names of ZWS have a character that `ws` does not let pass.
      headers: { "Sec-WebSocket-Protocol": offer.join(",") },
      perMessageDeflate: false,
      maxPayload: maxPayload(options),
      ...(handshakeInterval > 0 ? { handshakeTimeout: handshakeInterval } : {}),
      createConnection: () => {
        const socket =
          scheme === "wss"
            ? process.getBuiltinModule("node:tls").connect({ ...tcp, ...trust(host, options) })
            : connect(tcp)
        return socket.unref()
      },
    })
    this.#socket = webSocket
    let beneath: Socket
    let protocol: string | undefined
    const fails = (error: Error): void => {
      this.fail(error)
    }
    webSocket.on("error", fails)
    webSocket.on("unexpected-response", (request, { statusCode = 0 }) => {
      request.destroy()
      webSocket.off("error", fails)
      webSocket.on("error", ignore)
      // There are servers that cannot even read the first name, and would agree to the other.
      if (statusCode === 400 && offer.length > 1) this.start(scheme, address, options, offer.slice(1))
      else this.fail(new Error(`Server answered ${statusCode}`))
    })
    webSocket.on("upgrade", (response) => {
      beneath = response.socket
      protocol = response.headers["sec-websocket-protocol"]
      delete response.headers["sec-websocket-protocol"]
    })
    webSocket.on("open", () => {
      if (this.#done) return
      const name = offer.find((name) => name === protocol)
      if (name === undefined) {
        webSocket.terminate()
        this.fail(new Error(`Server speaks ${protocol ?? "nothing"} over WebSocket`))
        return
      }
      this.#done = true
      webSocket.off("error", fails)
      tune(beneath, options)
      this.connected((owner) => streamOf(webSocket, name, beneath, owner))
    })
  }

  /** @param offer Subprotocols to choose from. */
  start(
    scheme: string,
    address: string,
    options: TransportOptions,
    offer: readonly string[] = subprotocols(options.security),
  ): void {
    if (this.#done) return
    this.#dial(scheme, address, options, offer).catch((error: unknown) => {
      this.fail(error as Error)
    })
  }

  fail(error: Error): void {
    if (this.#done) return
    this.#done = true
    this.failed(error)
  }

  cancel(): void {
    this.#done = true
    this.#socket?.terminate()
  }
}

/** Whom a client believes, and who the server has to be. */
function trust(host: string, { wssTrustPem, wssTrustSystem, wssHostname }: TransportOptions): ConnectionOptions {
  const own = decodeText(wssTrustPem)
  const name = decodeText(wssHostname)
  return {
    ALPNProtocols: ["http/1.1"],
    ...(own === ""
      ? {}
      : { ca: wssTrustSystem ? [own, ...process.getBuiltinModule("node:tls").rootCertificates] : [own] }),
    // Names alone can be told to the server.
    ...(name !== "" ? { servername: name } : isIP(host) === 0 ? { servername: host } : {}),
  }
}

/** Largest message of a WebSocket that is read at all; a frame is judged on its own once it is there. */
function maxPayload({ maxMessageSize, maxMultipartSize }: TransportOptions): number {
  const limits = [maxMessageSize, maxMultipartSize].filter((limit) => limit >= 0)
  if (limits.length === 0) return 0
  return Math.min(Math.max(Math.min(...limits) + SEALING, MAX_HANDSHAKE_COMMAND + 1), Number.MAX_SAFE_INTEGER)
}

function streamOf(webSocket: NodeWebSocket, protocol: string, socket: Socket, owner: ByteStreamOwner): ByteStream {
  socket.unref()
  const address = socket.remoteAddress?.replace(/^::ffff:(?=\d+\.)/, "") ?? ""
  return new WebSocketStream(webSocket, protocolOf(protocol), owner, address, new SocketWire(webSocket, socket))
}

/** The connection beneath a WebSocket of the package `ws`. */
class SocketWire implements Wire {
  constructor(
    private readonly webSocket: NodeWebSocket,
    private readonly socket: Socket,
  ) {}

  get full(): boolean {
    return this.socket.writableNeedDrain
  }

  onDrained(drained: () => void): void {
    this.socket.on("drain", drained)
  }

  together(task: () => void): void {
    this.socket.cork()
    task()
    this.socket.uncork()
  }

  ping(): void {
    this.webSocket.ping()
  }

  onPong(answered: () => void): void {
    this.webSocket.on("pong", answered)
  }

  pause(): void {
    this.webSocket.pause()
  }

  resume(): void {
    this.webSocket.resume()
  }

  destroy(): void {
    this.webSocket.terminate()
  }

  explain(event: object): Error {
    const { error } = event as { error: Error & { code?: string } }
    const { code = "", message } = error
    if (code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") return new LimitError("maxMessageSize", message)
    return code.startsWith("WS_ERR_") ? new ProtocolError("ERR_ZMTP_UNSPECIFIED", message) : error
  }
}

function ignore(): void {
  // Whoever is turned away may hang up as it likes.
}
