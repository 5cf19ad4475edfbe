import type { Socket } from "node:net"
import { clearTimeout, setTimeout } from "node:timers"

/** Maximum time for the system to accept data in runtimes that pass it on in a later turn, in ms. */
const WRITE_TIMEOUT = 100

/**
 * Destroys a connected socket. The system keeps what it has accepted, such as the reason for closing the connection. In
 * Node and Bun, `write` passes data to the system immediately. Deno does so in a later turn, and `destroy` would
 * drop the data before, even if the system has room for it.
 */
export function destroySocket(socket: Socket): void {
  // Deno never frees a local socket that is destroyed during shutdown.
  if (socket.writableEnded && socket.writableLength === 0) socket.destroySoon()
  else if (socket.writableLength > 0 && writesLater(socket)) {
    const timer = setTimeout(() => socket.destroy(), WRITE_TIMEOUT)
    timer.unref()
    socket.once("close", () => {
      clearTimeout(timer)
    })
    socket.pause()
    socket.destroySoon()
  } else socket.destroy()
}

/** Only the handles of Deno do not count the bytes that they were passed. */
function writesLater(socket: Socket): boolean {
  const { _handle: handle } = socket as unknown as { _handle?: { readonly bytesWritten?: number } | null }
  return handle ? handle.bytesWritten === undefined : false
}
