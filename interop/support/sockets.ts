import type { Socket } from "../../src/index.js"

const open: Socket[] = []

/** Registers `socket`, which `closeAll` closes. */
export function closing<S extends Socket>(socket: S): S {
  open.push(socket)
  return socket
}

export function closeAll(): void {
  for (const socket of open.splice(0)) {
    if (!socket.closed) socket.linger = 0
    socket.close()
  }
}

/** Receives a message, each frame as text with one character per byte (Latin-1). */
export async function receiveText(socket: { receive(): Promise<Uint8Array[]> }): Promise<string[]> {
  return (await socket.receive()).map((frame) => Buffer.from(frame).toString("latin1"))
}
