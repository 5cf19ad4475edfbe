import type { Server, ServerOptions } from "node:http"
import { isIPv6, type AddressInfo, type Socket } from "node:net"
import { zmqError } from "../../core/errors.js"
import { decodeText } from "../../zmtp/bytes.js"
import type { Arrive } from "../stream/listener.js"
import { addressUnknown, closeServer, peerAddress } from "../net/net-server.js"
import { acceptFilter, filtered } from "../tcp/tcp.js"
import type { TransportOptions } from "../transport.js"
import { asksForWebSocket, refuse, WsGate } from "./ws-gate.js"
import type { Accepted, Failed } from "./ws-wire.js"

/** Most bytes of a request's headers. */
const MAX_HEADERS = 8192

/** An HTTP server of our own, which does nothing but accept WebSockets. */
export class WsListener {
  readonly server: Server
  readonly #gate: WsGate
  /** What to call once a connection is a WebSocket, or gone. */
  readonly #arrived = new Map<string, () => void>()

  constructor(
    private readonly scheme: string,
    private readonly path: string,
    options: TransportOptions,
    accepted: Accepted,
    failed: Failed,
    arrive: Arrive,
  ) {
    const gate = new WsGate(
      path === "/" ? undefined : path,
      options,
      (stream, beneath) => {
        this.#arrived.get(endsOf(beneath))?.()
        accepted(stream)
      },
      failed,
    )
    this.#gate = gate
    const allowed = acceptFilter(options.tcpAcceptFilter)
    const server = createHttpServer(scheme === "wss", options)
    this.server = server
    // Connections have their own deadline, and no second request.
    server.headersTimeout = server.requestTimeout = 0
    server.on("connection", (socket: Socket) => {
      socket.unref()
      const address = peerAddress(socket)
      if (address === undefined || allowed?.(address) === false) {
        socket.destroy()
        failed(address === undefined ? addressUnknown() : filtered(address))
      } else this.#welcome(socket, arrive)
    })
    server.on("secureConnection", (socket: Socket) => {
      socket.unref()
    })
    server.on("request", (_request, response) => {
      response.writeHead(426, { Connection: "close", Upgrade: "websocket" }).end()
    })
    server.on("upgrade", (request, socket, head) => {
      if (asksForWebSocket(request)) gate.admit(request, socket, head)
      else refuse(socket, "426 Upgrade Required", "Upgrade: websocket\r\n")
    })
  }

  get endpoint(): string {
    return `${this.scheme}://${addressOf(this.server)}${this.path === "/" ? "" : this.path}`
  }

  close(): Promise<void> {
    this.#gate.close()
    return closeServer(this.server)
  }

  /** It is yet to become a WebSocket. */
  #welcome(socket: Socket, arrive: Arrive): void {
    const ends = endsOf(socket)
    const left = arrive(() => socket.destroy())
    this.#arrived.set(ends, left)
    socket.once("close", () => {
      left()
      if (this.#arrived.get(ends) === left) this.#arrived.delete(ends)
    })
  }
}

/** Both ends of a connection: the same for TLS over it, which does not know what it is over. */
function endsOf({ localAddress, remoteAddress, remotePort }: Socket): string {
  return [localAddress, remoteAddress, remotePort].join(" ")
}

function createHttpServer(secure: boolean, options: TransportOptions): Server {
  const { wssKeyPem, wssCertPem } = options
  const common: ServerOptions = { maxHeaderSize: MAX_HEADERS, noDelay: true, keepAlive: false }
  if (!secure) return process.getBuiltinModule("node:http").createServer(common)
  if (wssKeyPem.length === 0 || wssCertPem.length === 0) {
    throw zmqError("EINVAL", { message: "wss:// is bound with a key and a certificate: wssKeyPem, wssCertPem" })
  }
  const [key, cert] = [decodeText(wssKeyPem), decodeText(wssCertPem)]
  try {
    checkPair(key, cert)
    return process.getBuiltinModule("node:https").createServer({ ...common, key, cert })
  } catch (error) {
    throw zmqError("EINVAL", { message: "wssKeyPem and wssCertPem are no key and its certificate", cause: error })
  }
}

/** Node finds out when it makes the server; others when it listens, or with the first connection. */
function checkPair(key: string, cert: string): void {
  const { createPrivateKey, X509Certificate } = process.getBuiltinModule("node:crypto")
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) throw new Error("They belong to others")
}

/** `host:port` that `server` listens on. */
export function addressOf(server: Server): string {
  const address = server.address()
  if (address === null || typeof address === "string") return address ?? ""
  const { address: host, port } = address satisfies AddressInfo
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`
}
