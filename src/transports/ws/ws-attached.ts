import type * as http from "node:http"
import type { IncomingMessage, Server, ServerResponse } from "node:http"
import type { Socket } from "node:net"
import { systemError, zmqError } from "../../core/errors.js"
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

/** A driver for what is bound at `path` of `server`, which somebody else listens with and closes. */
export function attachedTo(server: HttpServer, path: string): StreamDriver {
  return {
    ...wsDriver(schemeOf(server)),

    async listen(_address, options, accepted, failed) {
      if (!server.listening) await listening(server)
      const gate = new WsGate(path, options, accepted, failed, typeof server.address() === "string")
      const endpoint = `${schemeOf(server)}://${addressOf(server)}${path}`
      const gates = gatesOf(server)
      if (gates.has(path)) throw zmqError("EADDRINUSE", { address: endpoint })
      gates.set(path, gate)
      return {
        endpoint,
        close() {
          release(server, path)
          gate.close()
          return Promise.resolve()
        },
      }
    },
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

/** Listens for WebSockets. Any other offer of an upgrade is treated as if nobody listened here. */
function attach(server: AttachedServer): Attachment {
  const gates: Attachment["gates"] = new Map()
  const othersListen = (): boolean => server.listeners("upgrade").some((listener) => listener !== upgrade)

  const upgrade: Upgrade = (request, socket, head) => {
    const gate = asksForWebSocket(request) ? gates.get(pathOf(request)) : undefined
    if (gate !== undefined) gate.admit(request, socket, head)
    else if (othersListen()) return
    else if (asksForWebSocket(request)) refuse(socket, "404 Not Found")
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
    if (asksForWebSocket(request) && gates.has(pathOf(request))) return true
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
