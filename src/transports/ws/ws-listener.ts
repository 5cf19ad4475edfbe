import type { Server, ServerOptions } from "node:http"
import { isIPv6, type AddressInfo, type Socket } from "node:net"
import { zmqError } from "../../core/errors.js"
import { decodeText } from "../../zmtp/bytes.js"
import type { TrackPending } from "../stream/listener.js"
import { withZone } from "../net/local-address.js"
import { addressUnknown, closeServer, peerAddress } from "../net/net-server.js"
import { acceptFilter, filtered } from "../tcp/tcp.js"
import type { StreamOptions } from "../transport.js"
import { isWebSocketUpgrade, refuse, WsGate } from "./ws-gate.js"
import type { Accepted, Failed } from "./ws-wire.js"

/** Maximum size of a request's headers, in bytes. */
const MAX_HEADERS = 8192

/** An HTTP server that only accepts WebSockets. */
export class WsListener {
  readonly server: Server
  readonly #gate: WsGate
  /** Callbacks for connections that have become a WebSocket or were closed. */
  readonly #settled = new Map<string, () => void>()

  constructor(
    private readonly scheme: string,
    private readonly ip: string,
    private readonly path: string,
    options: StreamOptions,
    accepted: Accepted,
    failed: Failed,
    trackPending: TrackPending,
  ) {
    const gate = new WsGate(
      path === "/" ? undefined : path,
      options,
      (stream, beneath) => {
        this.#settled.get(endsOf(beneath))?.()
        accepted(stream)
      },
      failed,
    )
    this.#gate = gate
    const allowed = acceptFilter(options.tcpAcceptFilter)
    const server = createHttpServer(scheme === "wss", options)
    this.server = server
    // Connections have their own deadline, and send only one request.
    server.headersTimeout = server.requestTimeout = 0
    server.on("connection", (socket: Socket) => {
      socket.unref()
      const address = peerAddress(socket)
      if (address === undefined || allowed?.(address) === false) {
        socket.destroy()
        failed(address === undefined ? addressUnknown() : filtered(address))
      } else this.#trackConnection(socket, trackPending)
    })
    server.on("secureConnection", (socket: Socket) => {
      socket.unref()
    })
    server.on("request", (_request, response) => {
      response.writeHead(426, { Connection: "close", Upgrade: "websocket" }).end()
    })
    server.on("upgrade", (request, socket, head) => {
      if (isWebSocketUpgrade(request)) gate.upgrade(request, socket, head)
      else refuse(socket, "426 Upgrade Required", "Upgrade: websocket\r\n")
    })
  }

  get endpoint(): string {
    return `${this.scheme}://${addressOf(this.server, this.ip)}${this.path === "/" ? "" : this.path}`
  }

  close(): Promise<void> {
    this.#gate.close()
    return closeServer(this.server)
  }

  /** Registers a connection that has not become a WebSocket yet. */
  #trackConnection(socket: Socket, trackPending: TrackPending): void {
    const ends = endsOf(socket)
    const settle = trackPending(() => socket.destroy())
    this.#settled.set(ends, settle)
    socket.once("close", () => {
      settle()
      if (this.#settled.get(ends) === settle) this.#settled.delete(ends)
    })
  }
}

/** Identifies a connection by its addresses, which are the same for a TLS socket and the TCP socket below it. */
function endsOf({ localAddress, remoteAddress, remotePort }: Socket): string {
  return [localAddress, remoteAddress, remotePort].join(" ")
}

function createHttpServer(secure: boolean, options: StreamOptions): Server {
  const { wssKeyPem, wssCertPem } = options
  const common: ServerOptions = { maxHeaderSize: MAX_HEADERS, noDelay: true, keepAlive: false }
  if (!secure) return process.getBuiltinModule("node:http").createServer(common)
  if (wssKeyPem.length === 0 || wssCertPem.length === 0) {
    throw zmqError("EINVAL", { message: "Binding wss:// requires the options wssKeyPem and wssCertPem" })
  }
  const [key, cert] = [decodeText(wssKeyPem), decodeText(wssCertPem)]
  try {
    checkPair(key, cert)
    return process.getBuiltinModule("node:https").createServer({ ...common, key, cert })
  } catch (error) {
    throw zmqError("EINVAL", {
      message: "Invalid wssKeyPem or wssCertPem: expected a private key and its certificate",
      cause: error,
    })
  }
}

/**
 * Checks the key and certificate. Node does so when the server is created; other runtimes when it listens or accepts
 * the first connection.
 */
function checkPair(key: string, cert: string): void {
  const { createPrivateKey, X509Certificate } = process.getBuiltinModule("node:crypto")
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)))
    throw new Error("The certificate does not match the private key")
}

/**
 * `host:port` on which `server` listens.
 * @param ip Address that it was told to listen on, if known.
 */
export function addressOf(server: Server, ip = ""): string {
  const address = server.address()
  if (address === null || typeof address === "string") return address ?? ""
  const { address: reported, port } = address satisfies AddressInfo
  const host = withZone(reported, ip)
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`
}
