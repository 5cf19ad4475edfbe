// The tcp transport, with SOCKS5 proxies.

import { BlockList, createServer, isIP, isIPv6, type AddressInfo, type Server, type Socket } from "node:net"
import type { ByteStream } from "../../core/connection/byte-stream.js"
import { zmqError } from "../../core/errors.js"
import { decodeText } from "../../zmtp/bytes.js"
import { checkFamilies, localAddress, noSuchAddress, resolveLocal, withZone } from "../net/local-address.js"
import { limitTime } from "../net/limit-time.js"
import { addressUnknown, closeServer, listenNow, listenOn, peerAddress, streamOf } from "../net/net-server.js"
import { systemResolver, type Resolver } from "../net/resolver.js"
import type { Attempt } from "../stream/dial-driver.js"
import type { StreamDriver } from "../stream/stream-transport.js"
import type { TransportOptions } from "../transport.js"
import { TcpDial } from "./tcp-dial.js"
import { askProxy } from "./socks.js"
import { parseBindAddress, parseConnectAddress } from "./tcp-address.js"

/** `tcp://`, over `node:net`. */
export function tcpDriver(resolver: Resolver = systemResolver): StreamDriver {
  return {
    delays: true,

    async listen(address, options, accepted, failed) {
      const endpoint = `tcp://${address}`
      const { host, port } = parseBindAddress(address)
      const ip = await resolveLocal(host, options.ipv6, endpoint)
      const server = serverFor(options, accepted, failed)
      await listenOn(server, { host: ip, port, backlog: options.backlog, exclusive: true }, endpoint, failed)
      return bound(server, ip)
    },

    listenSync(address, options, accepted, failed) {
      const endpoint = `tcp://${address}`
      const { host, port } = parseBindAddress(address)
      const ip = localAddress(host, options.ipv6, endpoint)
      if (ip === undefined) throw noSuchAddress(host, endpoint)
      const server = serverFor(options, accepted, failed)
      listenNow(server, [ip, port, isIPv6(ip) ? 6 : 4], options.backlog, endpoint, failed)
      return bound(server, ip)
    },

    check(address, { ipv6, socksProxy }) {
      const endpoint = `tcp://${address}`
      const target = parseConnectAddress(address)
      const { host, source } = socksProxy.length === 0 ? target : parseConnectAddress(decodeText(socksProxy), endpoint)
      checkFamilies(endpoint, host, source?.host, ipv6)
    },

    expansion(address, { ipv6, socksProxy }) {
      const { host, port } = parseConnectAddress(address)
      if (isIP(host) !== 0) return undefined
      if (socksProxy.length > 0) {
        const cause = new Error("resolveInterval and socksProxy cannot be combined: the proxy resolves host names")
        throw zmqError("EINVAL", { address: `tcp://${address}`, cause })
      }
      const source = address.slice(0, address.indexOf(";") + 1)
      return (done) => ({
        cancel: resolver.resolve(host, ipv6 ? 0 : 4, (error, addresses) => {
          done(
            error,
            addresses.map((ip) => `${source}${isIPv6(ip) ? `[${ip}]` : ip}:${port}`),
          )
        }),
      })
    },

    dial(address, options, connected, failed) {
      return new TcpAttempt(address, options, resolver, connected, failed)
    },
  }
}

/** An attempt to connect, through a proxy if one is configured. */
class TcpAttempt implements Attempt {
  readonly #dial: TcpDial
  #socket: Socket | undefined
  #stopTimer: (() => void) | undefined
  #done = false

  constructor(
    private readonly address: string,
    private readonly options: TransportOptions,
    resolver: Resolver,
    private readonly connected: (stream: ByteStream) => void,
    private readonly failed: (error: Error) => void,
  ) {
    const { socksProxy } = options
    const next = parseConnectAddress(socksProxy.length === 0 ? address : decodeText(socksProxy))
    const target = { ...next, endpoint: `tcp://${address}` }
    this.#dial = new TcpDial(target, options, resolver, this.#reached, this.#fail)
  }

  cancel(): void {
    this.#settle()
    this.#dial.cancel()
    this.#drop()
  }

  readonly #reached = (socket: Socket): void => {
    this.#socket = socket
    if (this.options.socksProxy.length === 0) this.#finish(socket)
    else {
      // The proxy looks up the name of the server.
      const { host, port } = parseConnectAddress(this.address)
      this.#stopTimer = limitTime(this.options.handshakeInterval, "the SOCKS proxy to connect", (error) => {
        this.#fail(error)
        this.#drop()
      })
      askProxy(socket, host, port).then(() => {
        this.#finish(socket)
      }, this.#fail)
    }
  }

  #finish(socket: Socket): void {
    if (this.#done) return
    this.#settle()
    const address = peerAddress(socket)
    if (address === undefined) {
      this.#drop()
      this.failed(addressUnknown())
      return
    }
    tune(socket, this.options)
    this.connected(streamOf(socket, address))
  }

  readonly #fail = (error: unknown): void => {
    if (this.#done) return
    this.#settle()
    this.failed(error as Error)
  }

  #settle(): void {
    this.#done = true
    this.#stopTimer?.()
  }

  #drop(): void {
    this.#socket?.on("error", () => undefined).destroy()
  }
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

/** @param ip Address that `server` was told to listen on. */
function bound(server: Server, ip: string): { endpoint: string; close(): Promise<void> } {
  const { address: reported, port } = server.address() as AddressInfo
  const address = withZone(reported, ip)
  return {
    endpoint: `tcp://${isIPv6(address) ? `[${address}]` : address}:${port}`,
    close: () => closeServer(server),
  }
}

/** Returns a function that checks whether a peer's address is in one of `blocks`; `undefined` if there are none. */
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

/** The error for a peer that `acceptFilter` rejects. */
export function filtered(address: string): Error {
  return zmqError("EACCES", { message: `Peer ${address} is not in the accept filter` })
}

/** Sets socket options. Older versions of Node ignore options that they do not support. */
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
    // Some systems reject any option for a connection that the peer has reset. The stream reports the loss.
  }
}
