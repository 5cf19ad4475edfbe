import type { ListenOptions, Server, Socket } from "node:net"
import type { ByteStream, ByteStreamOwner } from "../core/byte-stream.js"
import { systemError } from "../errors.js"
import { NetStream } from "./net-stream.js"

/** Listens, or rejects with what the system says. The server does not keep the process alive once it listens. */
export function listenOn(server: Server, options: ListenOptions, endpoint: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const refused = (error: Error): void => {
      reject(systemError(error, endpoint))
    }
    server.once("error", refused)
    server.listen(options, () => {
      server.off("error", refused)
      server.unref()
      resolve()
    })
  })
}

/** Stops listening. The address is free as soon as the handle is closed, which takes one turn of the event loop. */
export function closeServer(server: Server): Promise<void> {
  server.close()
  return new Promise((resolve) => setImmediate(resolve))
}

export function streamOf(socket: Socket): (owner: ByteStreamOwner) => ByteStream {
  return (owner) => new NetStream(socket, owner)
}
