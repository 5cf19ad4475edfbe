import { existsSync, lstatSync, mkdtempSync, readFileSync, unlinkSync } from "node:fs"
import { lstat, mkdtemp, rm, unlink } from "node:fs/promises"
import { connect, createServer, type Server } from "node:net"
import { tmpdir } from "node:os"
import { basename, dirname, join } from "node:path"
import { zmqError } from "../../core/errors.js"
import { isFile, localPath } from "./ipc-address.js"
import { closeServer, listenNow, listenOn, LOCAL, streamOf } from "../net/net-server.js"
import type { StreamDriver } from "../stream/stream-transport.js"
import type { TransportOptions } from "../transport.js"

/**
 * `ipc://`: local sockets by path, `@name` in Linux' abstract namespace, `*` for a path of its own; named pipes on
 * Windows.
 */
export const ipc: StreamDriver = {
  delays: false,

  async listen(address, options, accepted, failed) {
    const wildcard = address.startsWith("*")
    const path = wildcard ? (ownName() ?? join(await mkdtemp(OWN_FOLDER), "socket")) : address
    const endpoint = `ipc://${path}`
    check(path)
    const server = createServer((socket) => {
      accepted(streamOf(socket, LOCAL))
    })
    await listenPath(server, path, options, endpoint, failed)
    return bound(server, path, wildcard)
  },

  listenSync(address, options, accepted, failed) {
    const wildcard = address.startsWith("*")
    const path = wildcard ? (ownName() ?? join(mkdtempSync(OWN_FOLDER), "socket")) : address
    check(path)
    const server = createServer((socket) => {
      accepted(streamOf(socket, LOCAL))
    })
    listenPathNow(server, path, options, `ipc://${path}`, failed)
    return bound(server, path, wildcard)
  },

  check,

  dial(address, _options, connected, failed) {
    const socket = connect(localPath(address))
    socket.unref()
    socket.once("error", failed)
    socket.once("connect", () => {
      socket.off("error", failed)
      connected(streamOf(socket, LOCAL))
    })
    return {
      cancel() {
        socket.off("error", failed)
        socket.on("error", () => undefined)
        socket.destroy()
      },
    }
  },
}

function bound(server: Server, path: string, temporary: boolean): { endpoint: string; close(): Promise<void> } {
  return {
    endpoint: `ipc://${path}`,
    async close() {
      await closeServer(server)
      if (temporary && isFile(path)) await rm(dirname(path), { recursive: true, force: true })
    },
  }
}

function check(address: string): void {
  localPath(address)
}

const OWN_FOLDER = join(tmpdir(), "zmtp-")

/** For `*`, where names need no folder. */
function ownName(): string | undefined {
  return process.platform === "win32" ? `zmtp-${globalThis.crypto.randomUUID()}` : undefined
}

/** A socket file that nobody listens on any more is replaced; one in use is not (libzmq takes it over). */
async function listenPath(
  server: Server,
  path: string,
  options: TransportOptions,
  endpoint: string,
  failed: (error: Error) => void,
): Promise<void> {
  const listen = { path: localPath(path), backlog: options.backlog, exclusive: true }
  try {
    await listenOn(server, listen, endpoint, failed)
  } catch (error) {
    if ((error as { code?: string }).code !== "EADDRINUSE" || !isFile(path) || !(await isStale(path)))
      throw truly(error, path, endpoint)
    await unlink(path)
    await listenOn(server, listen, endpoint, failed)
  }
}

/** The same at once. */
function listenPathNow(
  server: Server,
  path: string,
  options: TransportOptions,
  endpoint: string,
  failed: (error: Error) => void,
): void {
  const listen = (): void => {
    listenNow(server, [localPath(path), -1, -1], options.backlog, endpoint, failed)
  }
  try {
    listen()
  } catch (error) {
    if ((error as { code?: string }).code !== "EADDRINUSE" || !isFile(path) || !isKnownStale(path))
      throw truly(error, path, endpoint)
    unlinkSync(path)
    listen()
  }
}

/** libuv says EACCES for a missing folder too, as Windows does, and Bun does not say what is wrong. */
function truly(error: unknown, path: string, endpoint: string): unknown {
  const unclear = ["EACCES", "EADDRINUSE"].includes((error as { code: string }).code)
  const missing = unclear && isFile(path) && !existsSync(dirname(path))
  return missing ? zmqError("ENOENT", { address: endpoint, cause: error }) : error
}

/** What can be said without connecting: Linux lists every local socket. A name like it is enough to count as in use. */
function isKnownStale(path: string): boolean {
  if (process.platform !== "linux" || lstatSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return false
  const name = basename(path)
  return !readFileSync("/proc/net/unix", "utf8")
    .split("\n")
    .some((line) => line.endsWith(`/${name}`) || line.endsWith(` ${name}`))
}

async function isStale(path: string): Promise<boolean> {
  if (!(await lstat(path)).isSocket()) return false
  return new Promise((resolve) => {
    const probe = connect(path)
    probe.once("connect", () => {
      probe.destroy()
      resolve(false)
    })
    probe.once("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code === "ECONNREFUSED")
    })
  })
}
