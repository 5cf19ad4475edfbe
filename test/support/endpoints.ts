import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { createServer, type AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"

/**
 * The address for ports that a test has to know before it binds them. On Linux it is an address in 127.0.0.0/8 that only
 * this process uses, so that other processes cannot take such a port in the meantime.
 */
export const HOST =
  process.platform === "linux"
    ? `127.${process.pid >>> 16}.${(process.pid >>> 8) & 0xff}.${process.pid & 0xff}`
    : "127.0.0.1"

let nextPort = 10_000

/** A free port of `HOST`. If only this process uses the address, no port is returned twice. */
export async function freePort(): Promise<number> {
  const own = HOST !== "127.0.0.1"
  for (;;) {
    const server = createServer().listen(own ? nextPort++ : 0, HOST)
    try {
      await once(server, "listening")
    } catch {
      // Another process has bound the port on all addresses.
      continue
    }
    const { port } = server.address() as AddressInfo
    server.close()
    await once(server, "close")
    return port
  }
}

export async function freeTcp(): Promise<string> {
  return `tcp://${HOST}:${await freePort()}`
}

export async function freeWs(): Promise<string> {
  return `ws://${HOST}:${await freePort()}`
}

/** A temporary folder for local sockets. Close it after use. */
export class SocketFolder {
  readonly path = mkdtempSync(join(tmpdir(), "zmtp-test-"))
  #count = 0

  /**
   * A new path. Its last part is unique on this machine, since a socket compares it with the hidden names of all sockets,
   * including those of other processes.
   */
  next(): string {
    return join(this.path, `${this.path.slice(-6)}-${this.#count++}`)
  }

  close(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

let names = 0

export function freeInproc(): string {
  return `inproc://test-${names++}`
}
