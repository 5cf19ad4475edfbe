// The ipc transport: byte streams over local sockets.

// `promises` is loaded on first use; importing `node:fs/promises` would add a millisecond to every start.
import { existsSync, mkdtempSync, promises } from "node:fs"
import { connect, createServer, type Server } from "node:net"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { systemError, zmqError } from "../../core/errors.js"
import { closeServer, listenNow, listenOn, LOCAL, streamOf } from "../net/net-server.js"
import type { StreamDriver } from "../stream/stream-transport.js"
import type { TransportOptions } from "../transport.js"
import { isFile, localPath, longestPath } from "./ipc-address.js"
import { SocketFile } from "./socket-file.js"

/**
 * `ipc://`: local sockets by path, `@name` in Linux's abstract namespace, or `*` for a generated path; named pipes on
 * Windows.
 */
export const ipc: StreamDriver = {
  delays: false,

  async listen(address, options, accepted, failed) {
    const wildcard = address.startsWith("*")
    const path = wildcard ? (ownName() ?? join(await promises.mkdtemp(OWN_FOLDER), "socket")) : address
    const endpoint = `ipc://${path}`
    check(path)
    const server = createServer((socket) => {
      accepted(streamOf(socket, LOCAL))
    })
    const file = await listenPath(server, path, options, endpoint, failed)
    return bound(server, path, file, wildcard)
  },

  listenSync(address, options, accepted, failed) {
    const wildcard = address.startsWith("*")
    const path = wildcard ? (ownName() ?? join(mkdtempSync(OWN_FOLDER), "socket")) : address
    check(path)
    const server = createServer((socket) => {
      accepted(streamOf(socket, LOCAL))
    })
    const file = listenPathNow(server, path, options, `ipc://${path}`, failed)
    return bound(server, path, file, wildcard)
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

/** @param temporary Whether the directory of `file` was created for it. */
function bound(
  server: Server,
  path: string,
  file: SocketFile | undefined,
  temporary: boolean,
): { endpoint: string; close(): Promise<void> } {
  return {
    endpoint: `ipc://${path}`,
    async close() {
      file?.remove()
      await closeServer(server)
      if (temporary && file !== undefined) await promises.rm(dirname(path), { recursive: true, force: true })
    },
  }
}

function check(address: string): void {
  localPath(address)
}

/** Maximum number of attempts for a path that other processes bind and unbind at the same time. */
const MAX_ATTEMPTS = 10

const OWN_FOLDER = join(tmpdir(), "zmtp-")

/** A name for `*` on systems where names need no directory. */
function ownName(): string | undefined {
  return process.platform === "win32" ? `zmtp-${globalThis.crypto.randomUUID()}` : undefined
}

/**
 * Binds a path if it is free or no process listens on it. Unlike in libzmq, a path that is in use is not replaced.
 * @returns The file, if the address is a file.
 */
async function listenPath(
  server: Server,
  path: string,
  options: TransportOptions,
  endpoint: string,
  failed: (error: Error) => void,
): Promise<SocketFile | undefined> {
  const file = isFile(path) ? new SocketFile(path, longestPath()) : undefined
  const listen = { path: file?.hidden ?? localPath(path), backlog: options.backlog, exclusive: true }
  try {
    await listenOn(server, listen, endpoint, failed)
  } catch (error) {
    throw truly(error, path, endpoint)
  }
  if (file === undefined) return undefined
  try {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      if (file.publish()) return file
      const { holder } = file
      const state = holder === undefined ? "gone" : holder.isSocket() ? await probe(path) : "alive"
      if (state === "alive") break
      if (state === "dead" && file.replace(holder)) return file
    }
  } catch (error) {
    await giveUp(server, file)
    throw systemError(error, endpoint)
  }
  await giveUp(server, file)
  throw zmqError("EADDRINUSE", { address: endpoint })
}

/** Like `listenPath`, synchronously. */
function listenPathNow(
  server: Server,
  path: string,
  options: TransportOptions,
  endpoint: string,
  failed: (error: Error) => void,
): SocketFile | undefined {
  const file = isFile(path) ? new SocketFile(path, longestPath()) : undefined
  try {
    listenNow(server, [file?.hidden ?? localPath(path), -1, -1], options.backlog, endpoint, failed)
  } catch (error) {
    throw truly(error, path, endpoint)
  }
  if (file === undefined) return undefined
  try {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      if (file.publish()) return file
      const { holder } = file
      if (holder === undefined) continue
      if (!holder.isSocket() || !file.isKnownDead()) break
      if (file.replace(holder)) return file
    }
  } catch (error) {
    void giveUp(server, file)
    throw systemError(error, endpoint)
  }
  void giveUp(server, file)
  throw zmqError("EADDRINUSE", { address: endpoint })
}

/** Abandons a path that is in use. */
function giveUp(server: Server, file: SocketFile): Promise<void> {
  file.discard()
  return closeServer(server)
}

/**
 * Returns the actual error: libuv also reports EACCES for a missing directory, as does Windows, and Bun reports no
 * reason.
 */
function truly(error: unknown, path: string, endpoint: string): unknown {
  const unclear = ["EACCES", "EADDRINUSE"].includes((error as { code: string }).code)
  const missing = unclear && isFile(path) && !existsSync(dirname(path))
  return missing ? zmqError("ENOENT", { address: endpoint, cause: error }) : error
}

/** Whether a process listens on `path`. */
function probe(path: string): Promise<"alive" | "dead" | "gone"> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once("connect", () => {
      socket.destroy()
      resolve("alive")
    })
    socket.once("error", ({ code }: NodeJS.ErrnoException) => {
      resolve(code === "ECONNREFUSED" ? "dead" : code === "ENOENT" ? "gone" : "alive")
    })
  })
}
