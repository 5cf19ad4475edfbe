import { zmqError } from "../core/errors.js"
import { occupy, openCore, type Socket } from "./socket.js"
import { StreamTransport } from "../transports/stream/stream-transport.js"
import { parseBindPath } from "../transports/ws/ws-address.js"
import { attachedTo, schemeOf, type HttpServer } from "../transports/ws/ws-attached.js"

/**
 * Binds `socket` at `path` of an HTTP or HTTPS server of the application's; resolves when peers can connect, which is
 * when the server listens. The server goes on as before, and stays the application's to close; several sockets can share
 * it, at a path each. `lastEndpoint` tells what to unbind. Requests that are not the opening handshake of a WebSocket are
 * the application's as before, whatever upgrade they offer. A WebSocket at any other path is for other listeners of the
 * server's `upgrade` event; without one it is answered with 404 while a socket is bound.
 * @throws ZmqError (rejects) EADDRINUSE when the path is taken, EINVAL when it does not begin with `/`, or has a query
 * or a fragment.
 */
export async function bindToServer(socket: Socket, server: HttpServer, path = "/"): Promise<void> {
  const core = openCore(socket)
  const scheme = schemeOf(server)
  if (!path.startsWith("/")) throw zmqError("EINVAL", { address: path })
  const transport = new StreamTransport(scheme, attachedTo(server, parseBindPath(path, path)))
  await occupy(socket, "bind", () => core.bind(`${scheme}://server${path}`, transport))
}
