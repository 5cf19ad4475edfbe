import * as net from "node:net"
import type { ListenOptions, Server, Socket } from "node:net"
import { setImmediate } from "node:timers"
import { getSystemErrorName } from "node:util"
import type { ByteStream } from "../../core/byte-stream.js"
import { systemError, zmqError } from "../../core/errors.js"
import { NetStream } from "./net-stream.js"

/**
 * Listens, or rejects with what the system says; `failed` is told of errors after that. The server does not keep the
 * process alive once it listens.
 */
export function listenOn(
  server: Server,
  options: ListenOptions,
  endpoint: string,
  failed: (error: Error) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const refused = (error: Error): void => {
      reject(systemError(error, endpoint))
    }
    server.once("error", refused)
    server.listen(options, () => {
      server.off("error", refused)
      server.on("error", failed)
      server.unref()
      resolve()
    })
  })
}

/** An address as `net` passes it on: an IP address, a port and 4 or 6; or a path, -1 and -1. */
export type RawAddress = readonly [address: string, port: number, family: number]

interface Handle {
  listen(backlog: number): number
  close(): void
}

/**
 * Listens before it returns, which `Server#listen` does for no host in Node.
 * @throws ZmqError The error of the system.
 */
export function listenNow(
  server: Server,
  address: RawAddress,
  backlog: number,
  endpoint: string,
  failed: (error: Error) => void,
): void {
  const { _createServerHandle: create } = net as typeof net & {
    _createServerHandle?: (...address: RawAddress) => Handle | number
  }
  if (create === undefined) {
    listenDirectly(server, address, backlog, endpoint, failed)
    return
  }
  const handle = create(...address)
  if (typeof handle === "number") throw zmqError(getSystemErrorName(handle), { address: endpoint })
  // A path is taken when the handle is made; that of Deno is not to be told twice to listen there.
  const status = address[1] < 0 ? 0 : handle.listen(backlog)
  if (status < 0) {
    handle.close()
    throw zmqError(getSystemErrorName(status), { address: endpoint })
  }
  // A server that has its handle already goes on from there.
  const listening = server as Server & { _handle: Handle; _listen2(...args: [...RawAddress, number]): void }
  listening._handle = handle
  listening._listen2(...address, backlog)
  server.on("error", failed)
  server.unref()
}

/** Bun listens in `listen` itself, and says only later why it could not: mostly that the address is in use. */
function listenDirectly(
  server: Server,
  [address, port]: RawAddress,
  backlog: number,
  endpoint: string,
  failed: (error: Error) => void,
): void {
  let told: (error: Error) => void = () => undefined
  server.on("error", (error) => {
    told(error)
  })
  server.listen({ ...(port < 0 ? { path: address } : { host: address, port }), backlog, exclusive: true })
  if (!server.listening) throw zmqError("EADDRINUSE", { address: endpoint })
  told = failed
  server.unref()
}

/** Stops listening. The address is free as soon as the handle is closed, which takes one turn of the event loop. */
export function closeServer(server: Server): Promise<void> {
  server.close()
  return new Promise((resolve) => setImmediate(resolve))
}

/** In place of an IP address for peers over sockets of this machine alone, and for nobody else. */
export const LOCAL = "localhost"

/** @param address Of the peer. */
export function streamOf(socket: Socket, address: string): ByteStream {
  return new NetStream(socket, address)
}

/**
 * IP address of the peer, to be asked for as soon as the connection is there. `undefined` when the peer has reset it
 * already: the system hands over such a connection, and what it has brought, but does not tell who it was from.
 */
export function peerAddress(socket: Socket): string | undefined {
  return socket.remoteAddress?.replace(/^::ffff:(?=\d+\.)/, "")
}

/** Why a connection without a `peerAddress` is not used. */
export function addressUnknown(): Error {
  return zmqError("ECONNABORTED", { message: "The peer reset the connection before its address was known" })
}
