import { isIP, isIPv6, type Socket } from "node:net"
import type { ConnectionOptions } from "node:tls"
import { decodeText } from "../../zmtp/bytes.js"
import { zmqError } from "../../core/errors.js"
import { subprotocols } from "../../zmtp/over-web-socket.js"
import type { Attempt } from "../stream/dial-driver.js"
import { limitTime } from "../net/limit-time.js"
import { addressUnknown, peerAddress } from "../net/net-server.js"
import type { Resolver } from "../net/resolver.js"
import { TcpDial } from "../tcp/tcp-dial.js"
import { tune } from "../tcp/tcp.js"
import type { StreamOptions, TransportOptions } from "../transport.js"
import { printable, quoted } from "../../zmtp/printable.js"
import { loadWebSockets, type NodeWebSocket, type WebSockets } from "./web-sockets.js"
import { parseWsConnectAddress } from "./ws-address.js"
import { maxPayload, streamOf, type Accepted } from "./ws-wire.js"

/** An attempt to connect. */
export class WsAttempt implements Attempt {
  #tcp: TcpDial | undefined
  #socket: NodeWebSocket | undefined
  #stopTimer: (() => void) | undefined
  #done = false

  constructor(
    private readonly resolver: Resolver,
    private readonly connected: Accepted,
    private readonly failed: (error: Error, answered: boolean) => void,
  ) {}

  async #dial(scheme: string, address: string, options: StreamOptions, offer: readonly string[]): Promise<void> {
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

  /** @param tcp A socket connected to the server. */
  #open(
    WebSocket: WebSockets["WebSocket"],
    tcp: Socket,
    scheme: string,
    address: string,
    options: StreamOptions,
    offer: readonly string[],
  ): void {
    const { host, port, path } = parseWsConnectAddress(scheme, address)
    // URLs and servers do not support zones (RFC 6874, section 4).
    const bracketed = isIPv6(host) ? `[${host.replace(/%.*$/, "")}]` : host
    // `ws` limits only the time between two bytes, and only for connections that it opens itself.
    this.#stopTimer ??= limitTime(options.handshakeInterval, "the WebSocket to open", (error) => {
      this.fail(error)
      this.#socket?.terminate()
    })
    const webSocket = new WebSocket(`${scheme}://${bracketed}:${port}${path}`, {
      // `ws` rejects the names of ZWS subprotocols, which contain a slash.
      headers: { "Sec-WebSocket-Protocol": offer.join(",") },
      perMessageDeflate: false,
      // Text messages are rejected regardless of their content.
      skipUTF8Validation: true,
      maxPayload: maxPayload(options),
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
      if (isOfTheSystem(error)) this.fail(error)
      else this.fail(explain(error), true)
    }
    webSocket.on("error", fails)
    webSocket.on("unexpected-response", (request, { statusCode = 0, statusMessage = "" }) => {
      request.destroy()
      webSocket.off("error", fails)
      webSocket.on("error", ignore)
      // Some servers cannot parse the first subprotocol, but accept the other one.
      if (statusCode === 400 && offer.length > 1) this.start(scheme, address, options, offer.slice(1))
      else {
        // Statuses from 500 on indicate a temporary problem of the server.
        this.fail(refusal(statusCode, statusMessage), statusCode < 500)
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
        const spoken = protocol === undefined ? "no subprotocol" : quoted(protocol)
        const message = `Server uses ${spoken} over WebSocket, expected one of ${offer.join(", ")}`
        this.fail(zmqError("EPROTONOSUPPORT", { message }), true)
        return
      }
      const peer = peerAddress(beneath)
      if (peer === undefined) {
        webSocket.terminate()
        this.fail(addressUnknown())
        return
      }
      this.#settle()
      webSocket.off("error", fails)
      tune(beneath, options)
      this.connected(streamOf(webSocket, name, beneath, peer, options))
    })
  }

  /** @param offer Subprotocols to offer. */
  start(
    scheme: string,
    address: string,
    options: StreamOptions,
    offer: readonly string[] = subprotocols(options.security),
  ): void {
    if (this.#done) return
    this.#dial(scheme, address, options, offer).catch((error: unknown) => {
      this.fail(error as Error)
    })
  }

  /** @param answered Whether the server answered, and another attempt fails until the configuration changes. */
  fail(error: Error, answered = false): void {
    if (this.#done) return
    this.#settle()
    this.failed(error, answered)
  }

  cancel(): void {
    this.#settle()
    this.#tcp?.cancel()
    this.#socket?.terminate()
  }

  #settle(): void {
    this.#done = true
    this.#stopTimer?.()
  }
}

/** TLS options: which certificates to trust, and the expected name of the server. */
function trust(host: string, { wssTrustPem, wssTrustSystem, wssHostname }: TransportOptions): ConnectionOptions {
  const own = decodeText(wssTrustPem)
  const name = decodeText(wssHostname)
  return {
    ALPNProtocols: ["http/1.1"],
    ...(own === ""
      ? {}
      : { ca: wssTrustSystem ? [own, ...process.getBuiltinModule("node:tls").rootCertificates] : [own] }),
    // Server Name Indication supports only names.
    ...(name !== "" ? { servername: name } : isIP(host) === 0 ? { servername: host } : {}),
  }
}

/** Whether `error` is a network error, rather than caused by the server's response. EPROTO is a TLS error. */
function isOfTheSystem({ code }: { code?: string }): boolean {
  return code !== undefined && code !== "EPROTO" && /^(E[A-Z0-9]+|EAI_[A-Z]+)$/.test(code)
}

/**
 * Converts an error of `ws` or OpenSSL about the server's response. Codes are those of OpenSSL, such as
 * `DEPTH_ZERO_SELF_SIGNED_CERT`.
 */
function explain(cause: Error & { code?: string }): Error {
  const message = printable(cause.message)
  return zmqError(cause.code ?? "EPROTO", { message: `Cannot open a WebSocket: ${message}`, cause })
}

/** Reasons for HTTP statuses that require a change of the configuration. */
const REFUSALS: Readonly<Record<number, string>> = {
  401: "EACCES",
  403: "EACCES",
  407: "EACCES",
  404: "ENOENT",
  410: "ENOENT",
}

function refusal(statusCode: number, statusMessage: string): Error {
  const message = `Server answered ${statusCode} ${printable(statusMessage)}`.trimEnd()
  return Object.assign(zmqError(REFUSALS[statusCode] ?? "ECONNABORTED", { message }), { statusCode })
}

function ignore(): void {
  // The error is reported already.
}
