import type { IncomingMessage } from "node:http"
import type { Socket } from "node:net"
import type { Duplex } from "node:stream"
import type { ByteStream } from "../../core/connection/byte-stream.js"
import { zmqError } from "../../core/errors.js"
import { subprotocols } from "../../zmtp/over-web-socket.js"
import { addressUnknown, LOCAL, peerAddress } from "../net/net-server.js"
import { tune } from "../tcp/tcp.js"
import type { OriginCheck, StreamOptions } from "../transport.js"
import { quoted } from "../../zmtp/printable.js"
import { loadWebSockets } from "./web-sockets.js"
import { maxPayload, streamOf, type Failed } from "./ws-wire.js"
import { isAllowedOrigin, isRebindable } from "./origin.js"

/** Accepts WebSocket requests if the origin is allowed and a subprotocol is supported. */
export class WsGate {
  readonly #spoken: ReadonlySet<string>
  #closed = false

  /**
   * @param path `undefined` accepts any path.
   * @param accepted Called with the WebSocket and its underlying connection.
   * @param isLocal Whether peers connect over a local socket.
   */
  constructor(
    private readonly path: string | undefined,
    private readonly options: StreamOptions,
    private readonly accepted: (stream: ByteStream, beneath: Socket) => void,
    private readonly failed: Failed,
    private readonly isLocal: () => boolean = () => false,
  ) {
    this.#spoken = new Set(subprotocols(options.security))
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", ignore)
    const address = this.isLocal() ? LOCAL : peerAddress(request.socket)
    if (address === undefined) {
      socket.destroy()
      this.failed(addressUnknown())
      return
    }
    if (this.path !== undefined && pathOf(request) !== this.path) {
      refuse(socket, "404 Not Found")
      return
    }
    const { origin, host } = request.headers
    try {
      if (!isAllowedOrigin(this.options.webSocketOrigin, origin, host, isRebindable(request.socket, address))) {
        this.#forbid(socket, refusalOf(origin, this.options.webSocketOrigin))
        return
      }
    } catch (error) {
      this.#forbid(socket, "The function webSocketOrigin threw an error", error)
      return
    }
    const protocol = offered(request).find((name) => this.#spoken.has(name))
    if (protocol === undefined) {
      refuse(socket, "400 Bad Request")
      this.failed(
        zmqError("EPROTONOSUPPORT", {
          message: `Peer offers no supported WebSocket subprotocol: expected ${[...this.#spoken].join(" or ")}`,
        }),
      )
      return
    }
    this.#open(request, socket, head, protocol, address).catch((error: unknown) => {
      socket.destroy()
      this.failed(error as Error)
    })
  }

  #forbid(socket: Duplex, message: string, cause?: unknown): void {
    refuse(socket, "403 Forbidden", "", `${message}\n`)
    this.failed(zmqError("EACCES", { message, cause }))
  }

  /** Stops accepting WebSockets, including requests in progress. */
  close(): void {
    this.#closed = true
  }

  async #open(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    protocol: string,
    address: string,
  ): Promise<void> {
    const { WebSocketServer } = await loadWebSockets()
    if (this.#closed) socket.destroy()
    if (socket.destroyed) return
    const server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      // Text messages are rejected regardless of their content.
      skipUTF8Validation: true,
      maxPayload: maxPayload(this.options),
    })
    // `ws` rejects the names of ZWS subprotocols, which contain a slash.
    delete request.headers["sec-websocket-protocol"]
    server.on("headers", (headers) => headers.push(`Sec-WebSocket-Protocol: ${protocol}`))
    server.handleUpgrade(request, socket, head, (webSocket) => {
      tune(request.socket, this.options)
      this.accepted(streamOf(webSocket, protocol, request.socket, address, this.options), request.socket)
    })
  }
}

function refusalOf(origin: string | undefined, check: OriginCheck | undefined): string {
  const who = origin === undefined ? "A client without an Origin header" : `A page of ${quoted(origin)}`
  const remedy =
    typeof check === "function"
      ? "the function webSocketOrigin of the socket does not return true for it"
      : `to allow it, set the option webSocketOrigin of the socket to ${check === undefined ? "" : "a list with "}this origin`
  return `${who} may not connect: ${remedy}`
}

function offered(request: IncomingMessage): string[] {
  return (request.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim())
}

/** Whether this is a WebSocket opening handshake (RFC 6455), rather than an upgrade to another protocol. */
export function isWebSocketUpgrade({ method, headers: { upgrade = "" } }: IncomingMessage): boolean {
  return method === "GET" && upgrade.toLowerCase() === "websocket"
}

export function pathOf({ url = "/" }: IncomingMessage): string {
  return url.split("?", 1)[0]!
}

/** Answers a request with an error. @param headers Each with its line end. @param body ASCII text. */
export function refuse(socket: Duplex, status: string, headers = "", body = ""): void {
  socket.on("error", ignore)
  // Otherwise, the peer could keep the other direction open indefinitely.
  socket.once("finish", () => socket.destroy())
  socket.end(`HTTP/1.1 ${status}\r\n${headers}Connection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
}

/** Ignores errors of a rejected connection. */
export function ignore(): void {
  // No one needs to be notified.
}
