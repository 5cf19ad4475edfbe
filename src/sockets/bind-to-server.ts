import { kindOf, zmqError } from "../core/errors.js"
import { parseBindPath } from "../transports/ws/ws-address.js"
import { onServer, schemeOf, type HttpServer } from "../transports/ws/ws-on-server.js"
import { occupy, openCore, Socket } from "./socket.js"

/**
 * Binds `socket` to a path of an HTTP or HTTPS server, so that one port serves pages, other WebSockets, and the socket.
 *
 * Peers can connect as soon as the server listens, which may happen before or after this call. Until then,
 * `lastEndpoint` contains `*:*` in place of the host and port; you can pass it to `unbind`. You remain responsible for
 * closing the server. Several sockets can share it, each with its own path. Other `upgrade` listeners of the server do
 * not see WebSocket requests for `path`. They receive all other requests; if there are no other listeners, WebSocket
 * requests for other paths are answered with status 404.
 *
 * ```ts
 * import { createServer } from "node:http"
 * import { bindToServer, Publisher } from "zmtp"
 *
 * const server = createServer((request, response) => response.end("page"))
 * await bindToServer(new Publisher(), server, "/feed")
 * server.listen(8080)
 * ```
 * @param server An `http.Server` or `https.Server`: `http.createServer(app)` for Express, `fastify.server` for Fastify.
 * @param path Begins with `/`. Default: `/`.
 * @throws TypeError (rejects) if an argument has the wrong type, such as an Express app.
 * @throws ZmqError (rejects) EADDRINUSE if the path is in use; EINVAL if it does not begin with `/`, or contains a query
 * or a fragment.
 */
export async function bindToServer(socket: Socket, server: HttpServer, path = "/"): Promise<void> {
  if (!((socket as unknown) instanceof Socket)) {
    throw new TypeError(`Invalid socket: expected a socket of this library, got ${kindOf(socket)}`)
  }
  if (!isHttpServer(server)) {
    const given = `got ${kindOf(server)}${hintFor(server)}`
    throw new TypeError(`Invalid server: expected an http.Server or https.Server, ${given}`)
  }
  if (typeof path !== "string") throw new TypeError(`Invalid path: expected a string, got ${kindOf(path)}`)
  const core = openCore(socket)
  const scheme = schemeOf(server)
  if (!path.startsWith("/")) {
    const cause = new Error(`Invalid path ${JSON.stringify(path)}: expected one that begins with "/"`)
    throw zmqError("EINVAL", { address: path, cause })
  }
  const transport = onServer(server, parseBindPath(path, path))
  await occupy(socket, "bind", () => core.endpoints.bind(`${scheme}://server${path}`, transport))
}

/**
 * Whether `value` is an HTTP server. TCP and TLS servers have the same methods, but not the request timeouts. Servers
 * of other runtimes may have neither.
 */
function isHttpServer(value: unknown): value is HttpServer {
  if (typeof value !== "object" || value === null) return false
  const { on, emit, address, listening } = value as Partial<HttpServer>
  const isServer = [on, emit, address].every((method) => typeof method === "function") && typeof listening === "boolean"
  if (!isServer) return false
  return "headersTimeout" in value || !(value instanceof process.getBuiltinModule("node:net").Server)
}

/** A hint about what the application may have meant to pass. */
function hintFor(value: unknown): string {
  if (typeof value === "function") return "; for an Express or Koa app, pass http.createServer(app)"
  const { server } = (value ?? {}) as { readonly server?: unknown }
  return isHttpServer(server) ? "; pass its server instead, such as fastify.server" : ""
}
