import {
  BlockList,
  connect,
  createServer,
  isIPv6,
  type AddressInfo,
  type Server,
  type Socket,
  type TcpNetConnectOpts,
} from "node:net"
import { zmqError } from "../../core/errors.js"
import { decodeText } from "../../zmtp/bytes.js"
import { checkFamilies, localAddress, noSuchAddress, resolveLocal, zoned } from "../net/local-address.js"
import { addressUnknown, closeServer, listenNow, listenOn, peerAddress, streamOf } from "../net/net-server.js"
import { askProxy } from "./socks.js"
import type { StreamDriver } from "../stream/stream-transport.js"
import { parseBindAddress, parseConnectAddress } from "./tcp-address.js"
import type { TransportOptions } from "../transport.js"

/** `tcp://`, over `node:net`. */
export const tcp: StreamDriver = {
  delays: true,

  async listen(address, options, accepted, failed) {
    const endpoint = `tcp://${address}`
    const { host, port } = parseBindAddress(address)
    const ip = await resolveLocal(host, options.ipv6, endpoint)
    const server = serverFor(options, accepted, failed)
    await listenOn(server, { host: ip, port, backlog: options.backlog, exclusive: true }, endpoint, failed)
    return bound(server)
  },

  listenSync(address, options, accepted, failed) {
    const endpoint = `tcp://${address}`
    const { host, port } = parseBindAddress(address)
    const ip = localAddress(host, options.ipv6, endpoint)
    if (ip === undefined) throw noSuchAddress(host, endpoint)
    const server = serverFor(options, accepted, failed)
    listenNow(server, [ip, port, isIPv6(ip) ? 6 : 4], options.backlog, endpoint, failed)
    return bound(server)
  },

  check(address, { ipv6, socksProxy }) {
    const endpoint = `tcp://${address}`
    const target = parseConnectAddress(address)
    const { host, source } = socksProxy.length === 0 ? target : parseConnectAddress(decodeText(socksProxy), endpoint)
    checkFamilies(endpoint, host, source?.host, ipv6)
  },

  dial(address, options, connected, failed) {
    let socket: Socket | undefined
    let cancelled = false
    const made = (dialling: Socket): void => {
      socket = dialling.unref()
      if (cancelled) socket.destroy()
    }
    dialled(address, options, made).then(
      (dialling) => {
        if (cancelled) return
        dialling.once("error", failed)
        const done = (): void => {
          dialling.off("error", failed)
          const address = peerAddress(dialling)
          if (address === undefined) {
            dialling.on("error", () => undefined).destroy()
            failed(addressUnknown())
            return
          }
          tune(dialling, options)
          connected(streamOf(dialling, address))
        }
        if (dialling.connecting) dialling.once("connect", done)
        else done()
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

function serverFor(
  options: TransportOptions,
  accepted: Parameters<StreamDriver["listen"]>[2],
  failed: Parameters<StreamDriver["listen"]>[3],
): Server {
  const allowed = acceptFilter(options.tcpAcceptFilter)
  const server = createServer({ noDelay: true }, (socket) => {
    const address = peerAddress(socket)
    if (address === undefined || allowed?.(address) === false) {
      socket.destroy()
      failed(address === undefined ? addressUnknown() : filtered(address))
      return
    }
    tune(socket, options)
    accepted(streamOf(socket, address))
  })
  return server
}

function bound(server: Server): { endpoint: string; close(): Promise<void> } {
  const { address, port } = server.address() as AddressInfo
  return {
    endpoint: `tcp://${isIPv6(address) ? `[${address}]` : address}:${port}`,
    close: () => closeServer(server),
  }
}

/** Whether a peer's address lies in one of `blocks`; `undefined` when there are none. */
export function acceptFilter(blocks: readonly string[]): ((address: string) => boolean) | undefined {
  if (blocks.length === 0) return undefined
  const list = new BlockList()
  for (const block of blocks) {
    const [address, bits] = block.split("/") as [string, string | undefined]
    const family = isIPv6(address) ? "ipv6" : "ipv4"
    list.addSubnet(address, Number(bits ?? (family === "ipv6" ? 128 : 32)), family)
  }
  return (address) => {
    const plain = address.replace(/^::ffff:(?=\d+\.)/, "")
    return list.check(plain, isIPv6(plain) ? "ipv6" : "ipv4")
  }
}

/** Why a peer is refused that `acceptFilter` does not let in. */
export function filtered(address: string): Error {
  return zmqError("EACCES", { message: `Peer ${address} is not in the accept filter` })
}

/**
 * Makes the connection, or begins to: through a proxy it is ready when this resolves.
 * @param made Gets it at once.
 */
async function dialled(address: string, options: TransportOptions, made: (socket: Socket) => void): Promise<Socket> {
  const direct = options.socksProxy.length === 0
  const socket = connect(await connectOptions(direct ? address : decodeText(options.socksProxy), options))
  made(socket)
  if (direct) return socket
  const { host, port } = parseConnectAddress(address)
  await askProxy(socket, host, port)
  return socket
}

/** Names are looked up for each attempt: an address may have changed. */
async function connectOptions(address: string, options: TransportOptions): Promise<TcpNetConnectOpts> {
  const { host, port, source } = parseConnectAddress(address)
  const endpoint = `tcp://${address}`
  const from =
    source === undefined || source.host === "*" ? undefined : await resolveLocal(source.host, options.ipv6, endpoint)
  return {
    host: zoned(host),
    port,
    noDelay: true,
    autoSelectFamily: false,
    ...(options.ipv6 ? {} : { family: 4 }),
    ...(from === undefined ? {} : { localAddress: from }),
    ...(source === undefined || source.port === 0 ? {} : { localPort: source.port }),
  }
}

/** What newer versions of Node can set, older ones ignore. */
export function tune(socket: Socket, options: TransportOptions): void {
  const { tcpKeepalive, tcpKeepaliveIdle, tcpKeepaliveInterval, tcpKeepaliveCount, typeOfService } = options
  const tunable = socket as Socket & {
    setKeepAlive(enable: boolean, idle: number, interval?: number, count?: number): void
    setTypeOfService?(value: number): void
  }
  try {
    if (tcpKeepalive === 1) {
      const [idle, interval] = [tcpKeepaliveIdle, tcpKeepaliveInterval].map((time) => Math.max(time, 0) * 1000)
      tunable.setKeepAlive(true, idle!, interval, Math.max(tcpKeepaliveCount, 0))
    }
    if (typeOfService > 0) tunable.setTypeOfService?.(typeOfService & 0xff)
  } catch {
    // Some systems refuse any option of a connection that the peer has reset. The stream reports that it is gone.
  }
}
