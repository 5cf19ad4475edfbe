import * as net from "node:net"
import type { ListenOptions, Server, Socket } from "node:net"
import { setImmediate } from "node:timers"
import { getSystemErrorName } from "node:util"
import type { ByteStream } from "../../core/connection/byte-stream.js"
import { systemError, zmqError } from "../../core/errors.js"
import { NetStream } from "./net-stream.js"

/**
 * Starts listening, or rejects with the error of the system. `failed` receives errors that occur later. The server does
 * not keep the process alive once it is listening.
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

/** An address as `net` represents it internally: IP address, port, and 4 or 6; or a path, -1, and -1. */
export type RawAddress = readonly [address: string, port: number, family: number]

interface Handle {
  listen(backlog: number): number
  close(): void
}

/**
 * Listens synchronously, which Node's `Server#listen` does not do if a host is given.
 * @throws ZmqError the error of the system.
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
  // Creating the handle binds a path. In Deno, it also listens and must not be told to do so again.
  const status = address[1] < 0 ? 0 : handle.listen(backlog)
  if (status < 0) {
    handle.close()
    throw zmqError(getSystemErrorName(status), { address: endpoint })
  }
  // A server that already has a handle continues from there.
  const listening = server as Server & { _handle: Handle; _listen2(...args: [...RawAddress, number]): void }
  listening._handle = handle
  listening._listen2(...address, backlog)
  server.on("error", failed)
  server.unref()
}

/**
 * Listens synchronously in Bun, whose `listen` reports errors only later. The usual error is that the address is in
 * use.
 */
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

/**
 * Stops listening. The address is available again when the handle is closed, which takes one turn of the event loop.
 */
export function closeServer(server: Server): Promise<void> {
  server.close()
  return new Promise((resolve) => setImmediate(resolve))
}

/** Replaces the IP address of peers that are connected over local sockets. No other peer has this address. */
export const LOCAL = "localhost"

/** @param address Address of the peer. */
export function streamOf(socket: Socket, address: string): ByteStream {
  return new NetStream(socket, address)
}

/**
 * Returns the IP address of the peer. Call it as soon as the connection is established. Returns `undefined` if the peer
 * has already reset the connection: the system still provides its data, but not its address.
 */
export function peerAddress(socket: Socket): string | undefined {
  return socket.remoteAddress?.replace(/^::ffff:(?=\d+\.)/, "")
}

/** The error for a connection without a `peerAddress`. */
export function addressUnknown(): Error {
  return zmqError("ECONNABORTED", { message: "The peer reset the connection before its address was known" })
}
