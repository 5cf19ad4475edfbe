import type * as http from "node:http"
import type { IncomingMessage, Server, ServerResponse } from "node:http"
import type { Socket } from "node:net"
import { zmqError } from "../../core/errors.js"
import { bytesOfKey } from "../../zmtp/bytes.js"
import type { StreamDriver } from "../stream/stream-transport.js"
import { asksForWebSocket, ignore, pathOf, refuse, WsGate } from "./ws-gate.js"
import { addressOf } from "./ws-listener.js"
import { wsDriver } from "./ws.js"

/** An HTTP or HTTPS server. */
export type HttpServer = Server

export function schemeOf(server: HttpServer): "ws" | "wss" {
  // Servers of Bun have only the latter.
  return "setSecureContext" in server || "ALPNProtocols" in server ? "wss" : "ws"
}

/** A driver for what is bound at `path` of `server`, which the application makes listen and closes. */
export function attachedTo(server: HttpServer, path: string): StreamDriver {
  return {
    ...wsDriver(schemeOf(server)),

    async listen(_address, options, accepted, failed) {
      // A server that was told to listen at an IP address has its port within one turn of the event loop.
      if (!server.listening) await new Promise(setImmediate)
      const gates = gatesOf(server)
      const bound = new AttachedPath(server, path)
      if (gates.has(path)) throw zmqError("EADDRINUSE", { address: bound.endpoint })
      const gate = new WsGate(path, options, accepted, failed, () => typeof server.address() === "string")
      gates.set(path, gate)
      return Object.assign(bound, {
        close() {
          bound.forget()
          release(server, path)
          gate.close()
          return Promise.resolve()
        },
      })
    },
  }
}

/** A path of a server of the application, which may listen only later, and again elsewhere. */
class AttachedPath {
  #address = "*:*"
  #listening: (() => void) | undefined

  constructor(
    private readonly server: HttpServer,
    private readonly path: string,
  ) {}

  /** Has the address that the server listens at, or listened at last. */
  get endpoint(): string {
    this.#address = addressOf(this.server) || this.#address
    return `${schemeOf(this.server)}://${this.#address}${this.path}`
  }

  /** Calls `task` as soon as the server listens. */
  whenListening(task: () => void): void {
    if (this.server.listening) task()
    else this.server.once("listening", (this.#listening = task))
  }

  forget(): void {
    if (this.#listening !== undefined) this.server.off("listening", this.#listening)
  }
}

/** What is bound where on an HTTP server that is not ours. Several copies of this library share it. */
interface Attachment {
  readonly gates: Map<string, Pick<WsGate, "admit">>
  /** Leaves the server as it was found. */
  detach(): void
}

/** An HTTP server, and what Node has there besides what it documents. */
interface AttachedServer extends Server {
  [ATTACHMENT]?: Attachment | undefined
  /**
   * Whether a request that offers an upgrade becomes an `upgrade` event, in Node since 22.21 and 24.9; else it is a request
   * like any other. By default, and in older versions always, this depends on whether the event has listeners.
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
 * Listens for WebSockets. A request for a bound path is kept from all other listeners, which would answer it or upgrade it
 * a second time: it is taken out where the event is emitted. Any other request is treated as if nobody listened here.
 */
function attach(server: AttachedServer): Attachment {
  const gates: Attachment["gates"] = new Map()
  const gateOf = (request: IncomingMessage): Pick<WsGate, "admit"> | undefined =>
    asksForWebSocket(request) ? gates.get(pathOf(request)) : undefined
  const othersListen = (): boolean => server.listeners("upgrade").some((listener) => listener !== upgrade)

  const hadEmit = Object.hasOwn(server, "emit")
  const emit = Reflect.get(server, "emit") as (...args: unknown[]) => boolean
  const intercept = function (this: Server, event: string, ...args: unknown[]): boolean {
    const gate = event === "upgrade" && gates.size > 0 ? gateOf(args[0] as IncomingMessage) : undefined
    if (gate === undefined) return emit.call(this, event, ...args)
    gate.admit(...(args as Parameters<Upgrade>))
    return true
  }
  server.emit = intercept as Server["emit"]

  // Without a listener the server would emit no event.
  const upgrade: Upgrade = (request, socket, head) => {
    if (othersListen()) return
    if (asksForWebSocket(request)) refuse(socket, "404 Not Found")
    else giveBack(server, unheard, request, socket, head)
  }
  const unheard = (task: () => void): void => {
    server.off("upgrade", upgrade)
    task()
    // The last socket may have been unbound meanwhile.
    if (gates.size > 0) server.on("upgrade", upgrade)
  }
  server.on("upgrade", upgrade)

  const asked = server.shouldUpgradeCallback
  const shouldUpgrade = (request: IncomingMessage): boolean => {
    if (gateOf(request) !== undefined) return true
    // Once nothing is bound here any more, somebody else may still call this one.
    if (gates.size === 0 || othersListen()) return asked!.call(server, request)
    return asksForWebSocket(request)
  }
  if (asked !== undefined) server.shouldUpgradeCallback = shouldUpgrade

  return {
    gates,
    detach() {
      server.off("upgrade", upgrade)
      if (server.shouldUpgradeCallback === shouldUpgrade) server.shouldUpgradeCallback = asked!
      // Whoever has put another function in the place of this one still calls it; it then does nothing itself.
      if (server.emit !== intercept) return
      if (hadEmit) server.emit = emit as Server["emit"]
      else delete (server as { emit?: unknown }).emit
    },
  }
}

/**
 * Has `server` treat a request as if nobody listened for upgrades here, where it cannot be asked beforehand: the
 * connection begins anew with this request.
 * @param unheard Runs a task while nobody does.
 */
function giveBack(
  server: Server,
  unheard: (task: () => void) => void,
  request: IncomingMessage,
  socket: Socket & { _httpMessage?: ServerResponse | null },
  head: Buffer,
): void {
  // An earlier request of this connection may not be answered yet.
  if (socket._httpMessage) {
    socket.on("error", ignore)
    socket._httpMessage.once("close", () => {
      giveBack(server, unheard, request, socket, head)
    })
    return
  }
  if (socket.destroyed) return
  socket.off("error", ignore)
  const { _connectionListener: serve } = process.getBuiltinModule("node:http") as typeof http & {
    _connectionListener: (this: Server, socket: Socket) => void
  }
  serve.call(server, socket)
  unheard(() => {
    // The request is parsed before this returns.
    socket.emit("data", encodeHead(request))
  })
  if (head.length > 0) socket.unshift(head)
}

/** A request up to its body, as it was sent. */
function encodeHead({ method = "", url = "", httpVersion, rawHeaders }: IncomingMessage): Uint8Array {
  let text = `${method} ${url} HTTP/${httpVersion}\r\n`
  for (let index = 0; index < rawHeaders.length; index += 2) {
    text += `${rawHeaders[index]!}: ${rawHeaders[index + 1]!}\r\n`
  }
  return bytesOfKey(`${text}\r\n`)
}
