import { once } from "node:events"
import { connect, createServer, type Server, type Socket } from "node:net"
import { UsageError } from "../command.js"
import type { Conversation } from "./conversation.js"
import type { Reader } from "./reader.js"

/** Parses `tcp://host:port` or `ipc://path`. @throws UsageError */
export function addressOf(endpoint: string): { host: string; port: number } | { path: string } {
  if (endpoint.startsWith("ipc://") && endpoint.length > 6) return { path: endpoint.slice(6) }
  const [, host, port] = /^tcp:\/\/(?:\[(?=.*\]))?([^\s\]]+)\]?:(\d+|\*)$/.exec(endpoint) ?? []
  if (host === undefined || port === undefined)
    throw new UsageError(`Invalid endpoint '${endpoint}': expected tcp://host:port or ipc://path`)
  if (port !== "*" && Number(port) > 65_535)
    throw new UsageError(`Invalid port ${port} in '${endpoint}': expected at most 65535`)
  return { host: host === "*" ? "0.0.0.0" : host, port: port === "*" ? 0 : Number(port) }
}

/**
 * Forwards connections from `listen` to `target`, and parses their data. Runs until the signal aborts.
 * @param pause Returns a promise to wait for before reading more, if the output is congested.
 */
export async function tee(
  listen: string,
  target: string,
  begin: () => Conversation,
  bound: (endpoint: string) => void,
  pause: () => Promise<unknown> | undefined,
  signal: AbortSignal,
): Promise<void> {
  const there = addressOf(target)
  const sockets = new Set<Socket>()
  const start = performance.now()
  const server = createServer((near) => {
    const far = connect(there)
    const conversation = begin()
    const at = (): void => {
      conversation.time = (performance.now() - start) / 1000
    }
    at()
    conversation.note(
      `${near.remoteAddress === undefined ? "a peer" : `${near.remoteAddress}:${near.remotePort!}`} has connected`,
    )
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on("error", (error) => {
        at()
        conversation.note(error.message)
      })
      socket.on("close", () => sockets.delete(socket))
    }
    pass(near, far, conversation.directions[0], at, pause)
    pass(far, near, conversation.directions[1], at, pause)
    near.once("close", () => {
      at()
      conversation.note("closed")
    })
  })
  server.listen(addressOf(listen))
  await once(server, "listening")
  bound(endpointOf(server, listen))
  if (!signal.aborted) await once(signal, "abort")
  server.close()
  for (const socket of sockets) socket.destroy()
}

/** Forwards one direction, with backpressure. The end of one side closes both. */
function pass(
  from: Socket,
  to: Socket,
  reader: Reader,
  at: () => void,
  pause: () => Promise<unknown> | undefined,
): void {
  from.on("data", (chunk: Buffer) => {
    at()
    reader.push(chunk)
    const taken = to.write(chunk)
    const told = pause()
    if (taken && told === undefined) return
    from.pause()
    const drained = taken ? undefined : new Promise<void>((resolve) => to.once("drain", resolve))
    // It rejects if the command is interrupted.
    Promise.all([drained, told]).then(() => from.resume(), ignore)
  })
  from.on("end", () => to.end())
  from.on("close", () => {
    to.destroySoon()
  })
}

function ignore(): void {
  // The sockets are destroyed.
}

function endpointOf(server: Server, listen: string): string {
  const address = server.address()
  if (address === null || typeof address === "string") return listen
  return `tcp://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`
}
