import { lookup } from "node:dns/promises"
import { connect, createServer, isIP, isIPv6, type AddressInfo, type Socket, type TcpNetConnectOpts } from "node:net"
import { networkInterfaces } from "node:os"
import { systemError, zmqError } from "../errors.js"
import { closeServer, listenOn, streamOf } from "./net-server.js"
import type { StreamDriver } from "./stream-transport.js"
import { parseBindAddress, parseConnectAddress } from "./tcp-address.js"
import type { TransportOptions } from "./transport.js"

/** `tcp://`, over `node:net`. */
export const tcp: StreamDriver = {
  delays: true,

  async listen(address, options, accepted, failed) {
    const endpoint = `tcp://${address}`
    const { host, port } = parseBindAddress(address)
    const ip = await resolveLocal(host, options.ipv6, endpoint)
    const server = createServer({ noDelay: true, ...keepAlive(options) }, (socket) => {
      accepted(streamOf(socket))
    })
    server.on("error", failed)
    await listenOn(server, { host: ip, port, backlog: options.backlog, exclusive: true }, endpoint)
    const bound = server.address() as AddressInfo
    return {
      endpoint: `tcp://${isIPv6(bound.address) ? `[${bound.address}]` : bound.address}:${bound.port}`,
      close: () => closeServer(server),
    }
  },

  check(address) {
    parseConnectAddress(address)
  },

  dial(address, options, connected, failed) {
    let socket: Socket | undefined
    let cancelled = false
    connectOptions(address, options).then(
      (target) => {
        if (cancelled) return
        socket = connect(target)
        socket.unref()
        socket.once("error", failed)
        socket.once("connect", () => {
          socket!.off("error", failed)
          connected(streamOf(socket!))
        })
      },
      (error: unknown) => {
        if (!cancelled) failed(error as Error)
      },
    )
    return {
      cancel() {
        cancelled = true
        socket?.off("error", failed)
        socket?.on("error", () => undefined)
        socket?.destroy()
      },
    }
  },
}

/** Names are looked up for each attempt: an address may have changed. */
async function connectOptions(address: string, options: TransportOptions): Promise<TcpNetConnectOpts> {
  const { host, port, source } = parseConnectAddress(address)
  const endpoint = `tcp://${address}`
  if (isIPv6(host) && !options.ipv6) throw zmqError("EAFNOSUPPORT", { address: endpoint })
  const from =
    source === undefined || source.host === "*" ? undefined : await resolveLocal(source.host, options.ipv6, endpoint)
  return {
    host,
    port,
    noDelay: true,
    autoSelectFamily: false,
    ...(options.ipv6 ? {} : { family: 4 }),
    ...(from === undefined ? {} : { localAddress: from }),
    ...(source === undefined || source.port === 0 ? {} : { localPort: source.port }),
    ...keepAlive(options),
  }
}

function keepAlive(options: TransportOptions): { keepAlive?: boolean; keepAliveInitialDelay?: number } {
  if (options.tcpKeepalive !== 1) return {}
  return {
    keepAlive: true,
    ...(options.tcpKeepaliveIdle > 0 ? { keepAliveInitialDelay: options.tcpKeepaliveIdle * 1000 } : {}),
  }
}

/** An IP address of this machine: `*`, an address, the name of an interface, or a host name, tried in this order. */
async function resolveLocal(host: string, ipv6: boolean, endpoint: string): Promise<string> {
  if (host === "*") return ipv6 ? "::" : "0.0.0.0"
  if (isIP(host) !== 0) {
    if (isIPv6(host) && !ipv6) throw zmqError("ENODEV", { address: endpoint })
    return host
  }
  const local = networkInterfaces()[host]?.find(({ family }) => ipv6 || family === "IPv4")
  if (local !== undefined) return local.address
  try {
    return (await lookup(host, ipv6 ? {} : { family: 4 })).address
  } catch (error) {
    throw zmqError("ENODEV", { address: endpoint, cause: systemError(error) })
  }
}
