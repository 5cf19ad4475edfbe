import { isIP, isIPv6, type Socket } from "node:net"
import type { ConnectionOptions } from "node:tls"
import { loadWebSockets, type NodeWebSocket, type WebSockets } from "./web-sockets.js"
import { decodeText } from "../../zmtp/bytes.js"
import { ProtocolError } from "../../zmtp/protocol-error.js"
import { subprotocols } from "../../zmtp/zws.js"
import type { Attempt } from "../stream/dialer.js"
import { addressUnknown, peerAddress } from "../net/net-server.js"
import type { Resolver } from "../net/resolver.js"
import { TcpDial } from "../net/tcp-dial.js"
import { tune } from "../tcp/tcp.js"
import type { TransportOptions } from "../transport.js"
import { parseWsConnectAddress } from "./ws-address.js"
import { printable, quoted } from "../../zmtp/printable.js"
import { maxPayload, streamOf, type Accepted, type Failed } from "./ws-wire.js"

/** An attempt to connect. */
export class WsAttempt implements Attempt {
  #tcp: TcpDial | undefined
  #socket: NodeWebSocket | undefined
  #done = false

  constructor(
    private readonly resolver: Resolver,
    private readonly connected: Accepted,
    private readonly failed: Failed,
  ) {}

  async #dial(scheme: string, address: string, options: TransportOptions, offer: readonly string[]): Promise<void> {
    const { WebSocket } = await loadWebSockets()
    if (this.#done) return
    const target = { ...parseWsConnectAddress(scheme, address), endpoint: `${scheme}://${address}` }
    const reached = (socket: Socket): void => {
      this.#open(WebSocket, socket, scheme, address, options, offer)
    }
    this.#tcp = new TcpDial(target, options, this.resolver, reached, (error) => {
      this.fail(error)
    })
  }

  /** @param tcp Connected to the server. */
  #open(
    WebSocket: WebSockets["WebSocket"],
    tcp: Socket,
    scheme: string,
    address: string,
    options: TransportOptions,
    offer: readonly string[],
  ): void {
    const { host, port, path } = parseWsConnectAddress(scheme, address)
    // A zone means nothing to the server, and URLs have none (RFC 6874, section 4).
    const bracketed = isIPv6(host) ? `[${host.replace(/%.*$/, "")}]` : host
    const { handshakeInterval } = options
    const webSocket = new WebSocket(`${scheme}://${bracketed}:${port}${path}`, {
      // The names of ZWS have a character that `ws` does not let pass.
      headers: { "Sec-WebSocket-Protocol": offer.join(",") },
      perMessageDeflate: false,
      // Text is refused whatever it says.
      skipUTF8Validation: true,
      maxPayload: maxPayload(options),
      ...(handshakeInterval > 0 ? { handshakeTimeout: handshakeInterval } : {}),
      createConnection: () => {
        const socket =
          scheme === "wss"
            ? process.getBuiltinModule("node:tls").connect({ socket: tcp, host, ...trust(host, options) })
            : tcp
        return socket.unref()
      },
    })
    this.#socket = webSocket
    let beneath: Socket
    let protocol: string | undefined
    const fails = (error: Error & { code?: string }): void => {
      this.fail(isOfTheSystem(error) ? error : unfit(`Server cannot be spoken to: ${printable(error.message)}`, error))
    }
    webSocket.on("error", fails)
    webSocket.on("unexpected-response", (request, { statusCode = 0 }) => {
      request.destroy()
      webSocket.off("error", fails)
      webSocket.on("error", ignore)
      // There are servers that cannot even read the first name, and would agree to the other.
      if (statusCode === 400 && offer.length > 1) this.start(scheme, address, options, offer.slice(1))
      else {
        const message = `Server answered ${statusCode}`
        // 500 and more is for trouble that the server hopes to get over.
        this.fail(statusCode >= 500 ? new Error(message) : unfit(message))
      }
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
        this.fail(unfit(`Server speaks ${protocol === undefined ? "nothing" : quoted(protocol)} over WebSocket`))
        return
      }
      const peer = peerAddress(beneath)
      if (peer === undefined) {
        webSocket.terminate()
        this.fail(addressUnknown())
        return
      }
      this.#done = true
      webSocket.off("error", fails)
      tune(beneath, options)
      this.connected(streamOf(webSocket, name, beneath, peer, options))
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
    this.#tcp?.cancel()
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

/** Whether `error` is of the network rather than of what the server said: EPROTO is OpenSSL's. */
function isOfTheSystem({ code }: { code?: string }): boolean {
  return code !== undefined && code !== "EPROTO" && /^(E[A-Z0-9]+|EAI_[A-Z]+)$/.test(code)
}

/** The server is there, and no WebSocket can be opened to it. */
function unfit(message: string, cause?: Error): ProtocolError {
  const error = new ProtocolError("ERR_ZMTP_UNSPECIFIED", message)
  if (cause !== undefined) error.cause = cause
  return error
}

function ignore(): void {
  // The answer is known.
}
