import type * as http from "node:http"
import type { IncomingMessage, Server, ServerResponse } from "node:http"
import type { Socket } from "node:net"
import { zmqError } from "../../core/errors.js"
import { bytesOfKey } from "../../zmtp/bytes.js"
import { nodeFeatures } from "../authentication/node-features.js"
import { StreamTransport, type StreamDriver } from "../stream/stream-transport.js"
import type { Transport } from "../transport.js"
import { isWebSocketUpgrade, ignore, pathOf, refuse, WsGate } from "./ws-gate.js"
import { addressOf } from "./ws-listener.js"
import { wsDriver } from "./ws.js"

/** An HTTP or HTTPS server. Also the HTTPS server of `node:https`. */
export type HttpServer = Server

export function schemeOf(server: HttpServer): "ws" | "wss" {
  // Servers of Bun have only `ALPNProtocols`.
  return "setSecureContext" in server || "ALPNProtocols" in server ? "wss" : "ws"
}

/** Creates a transport for one socket bound to `path` of `server`, which the application starts and closes. */
export function onServer(server: HttpServer, path: string): Transport {
  return new StreamTransport(schemeOf(server), onServerDriver(server, path), nodeFeatures)
}

function onServerDriver(server: HttpServer, path: string): StreamDriver {
  return {
    ...wsDriver(schemeOf(server)),

    async listen(_address, options, accepted, failed) {
      // A server that listens on an IP address has its port within one turn of the event loop.
      if (!server.listening) await new Promise(setImmediate)
      const gates = gatesOf(server)
      const bound = new ServerPath(server, path)
      if (gates.has(path)) throw zmqError("EADDRINUSE", { address: bound.endpoint })
      const gate = new WsGate(path, options, accepted, failed, () => typeof server.address() === "string")
      gates.set(path, gate)
      return Object.assign(bound, {
        close() {
          bound.stopWaiting()
          release(server, path)
          gate.close()
          return Promise.resolve()
        },
      })
    },
  }
}

/**
 * A path on a server of the application. The server may start to listen later, and may listen again on another address.
 */
class ServerPath {
  #address = "*:*"
  #listening: (() => void) | undefined

  constructor(
    private readonly server: HttpServer,
    private readonly path: string,
  ) {}

  /** Contains the address that the server listens on, or last listened on. */
  get endpoint(): string {
    this.#address = addressOf(this.server) || this.#address
    return `${schemeOf(this.server)}://${this.#address}${this.path}`
  }

  /** Calls `task` when the server is listening. */
  whenListening(task: () => void): void {
    if (this.server.listening) task()
    else this.server.once("listening", (this.#listening = task))
  }

  stopWaiting(): void {
    if (this.#listening !== undefined) this.server.off("listening", this.#listening)
  }
}

/** The sockets bound to one HTTP server of the application. Several copies of this library share it. */
interface Attachment {
  readonly gates: Map<string, Pick<WsGate, "upgrade">>
  /** Restores the server's original state. */
  detach(): void
}

/** An HTTP server, including properties that Node does not document. */
interface AttachedServer extends Server {
  [ATTACHMENT]?: Attachment | undefined
  /**
   * Whether a request with an `Upgrade` header emits an `upgrade` event; otherwise, it is handled as a regular request.
   * Supported in Node since 22.21 and 24.9. By default, and always in older versions, it emits the event if there are
   * listeners.
   */
  shouldUpgradeCallback?: (request: IncomingMessage) => boolean
}

type Upgrade = (request: IncomingMessage, socket: Socket, head: Buffer) => void

const ATTACHMENT = Symbol.for("zmtp.attachment.1")

function gatesOf(server: AttachedServer): Attachment["gates"] {
  return (server[ATTACHMENT] ??= attach(server)).gates
}

function release(server: AttachedServer, path: string): void {
  const attachment = server[ATTACHMENT]
  attachment?.gates.delete(path)
  if (attachment?.gates.size !== 0) return
  server[ATTACHMENT] = undefined
  attachment.detach()
}

/**
 * Listens for WebSocket requests. Requests for a bound path are hidden from all other listeners, which would otherwise
 * answer or upgrade them a second time, by intercepting `emit`. Other requests are handled as if there were no listener
 * here.
 */
function attach(server: AttachedServer): Attachment {
  const gates: Attachment["gates"] = new Map()
  const gateOf = (request: IncomingMessage): Pick<WsGate, "upgrade"> | undefined =>
    isWebSocketUpgrade(request) ? gates.get(pathOf(request)) : undefined
  const othersListen = (): boolean => server.listeners("upgrade").some((listener) => listener !== upgrade)

  const hadEmit = Object.hasOwn(server, "emit")
  const emit = Reflect.get(server, "emit") as (...args: unknown[]) => boolean
  const intercept = function (this: Server, event: string, ...args: unknown[]): boolean {
    const gate = event === "upgrade" && gates.size > 0 ? gateOf(args[0] as IncomingMessage) : undefined
    if (gate === undefined) return emit.call(this, event, ...args)
    gate.upgrade(...(args as Parameters<Upgrade>))
    return true
  }
  server.emit = intercept as Server["emit"]

  // The server emits the event only if it has a listener.
  const upgrade: Upgrade = (request, socket, head) => {
    if (othersListen()) return
    if (isWebSocketUpgrade(request)) refuse(socket, "404 Not Found")
    else passRequest(server, withoutListener, request, socket, head)
  }
  const withoutListener = (task: () => void): void => {
    server.off("upgrade", upgrade)
    task()
    // The last socket may have been unbound in the meantime.
    if (gates.size > 0) server.on("upgrade", upgrade)
  }
  server.on("upgrade", upgrade)

  const original = server.shouldUpgradeCallback
  const shouldUpgrade = (request: IncomingMessage): boolean => {
    if (gateOf(request) !== undefined) return true
    // Other code may still call this function after the last socket was unbound.
    if (gates.size === 0 || othersListen()) return original!.call(server, request)
    return isWebSocketUpgrade(request)
  }
  if (original !== undefined) server.shouldUpgradeCallback = shouldUpgrade

  return {
    gates,
    detach() {
      server.off("upgrade", upgrade)
      if (server.shouldUpgradeCallback === shouldUpgrade) server.shouldUpgradeCallback = original!
      // If other code has replaced `emit`, it still calls this function, which then does nothing.
      if (server.emit !== intercept) return
      if (hadEmit) server.emit = emit as Server["emit"]
      else delete (server as { emit?: unknown }).emit
    },
  }
}

/**
 * Makes `server` handle a request as if there were no `upgrade` listener, on versions of Node without
 * `shouldUpgradeCallback`: the request is fed to the connection again.
 * @param withoutListener Runs a task while there is no listener.
 */
function passRequest(
  server: Server,
  withoutListener: (task: () => void) => void,
  request: IncomingMessage,
  socket: Socket & { _httpMessage?: ServerResponse | null },
  head: Buffer,
): void {
  // An earlier request on this connection may not have been answered yet.
  if (socket._httpMessage) {
    socket.on("error", ignore)
    socket._httpMessage.once("close", () => {
      passRequest(server, withoutListener, request, socket, head)
    })
    return
  }
  if (socket.destroyed) return
  socket.off("error", ignore)
  const { _connectionListener: serve } = process.getBuiltinModule("node:http") as typeof http & {
    _connectionListener: (this: Server, socket: Socket) => void
  }
  serve.call(server, socket)
  withoutListener(() => {
    // The request is parsed synchronously.
    socket.emit("data", encodeHead(request))
  })
  if (head.length > 0) socket.unshift(head)
}

/** Encodes the head of a request as it was received. */
function encodeHead({ method = "", url = "", httpVersion, rawHeaders }: IncomingMessage): Uint8Array {
  let text = `${method} ${url} HTTP/${httpVersion}\r\n`
  for (let index = 0; index < rawHeaders.length; index += 2) {
    text += `${rawHeaders[index]!}: ${rawHeaders[index + 1]!}\r\n`
  }
  return bytesOfKey(`${text}\r\n`)
}
