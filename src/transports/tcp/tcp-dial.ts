import { connect, isIP, isIPv6, type Socket, type TcpNetConnectOpts } from "node:net"
import { systemError, zmqError } from "../../core/errors.js"
import type { TransportOptions } from "../transport.js"
import { AddressRace, HEAD_START, interleaved } from "../net/address-race.js"
import { resolveLocal, zoned } from "../net/local-address.js"
import type { Resolver } from "../net/resolver.js"
import type { TcpAddress } from "./tcp-address.js"

/** The address to connect to, and the endpoint for errors. */
export interface TcpTarget extends TcpAddress {
  readonly endpoint: string
}

/** Connects to any of the addresses of a host. The socket does not keep the process alive. */
export class TcpDial {
  #canceled = false
  #stopLookup: (() => void) | undefined
  #race: AddressRace | undefined

  /**
   * @param connected Called with the connected socket; otherwise, `failed` is called. Both are called asynchronously.
   */
  constructor(
    private readonly target: TcpTarget,
    private readonly options: Pick<TransportOptions, "ipv6">,
    private readonly resolver: Resolver,
    private readonly connected: (socket: Socket) => void,
    private readonly failed: (error: Error) => void,
  ) {
    const { source, endpoint } = target
    const from = source === undefined || source.host === "*" ? undefined : source.host
    Promise.resolve(from && resolveLocal(from, options.ipv6, endpoint)).then(this.#resolve, this.#fail)
  }

  cancel(): void {
    this.#canceled = true
    this.#stopLookup?.()
    this.#race?.cancel()
  }

  /** @param from Local address to connect from. */
  readonly #resolve = (from: string | undefined): void => {
    if (this.#canceled) return
    const { endpoint } = this.target
    let host: string
    try {
      host = zoned(this.target.host)
    } catch (error) {
      this.#fail(systemError(error, endpoint))
      return
    }
    const { ipv6 } = this.options
    if (isIPv6(host) && !ipv6) this.#fail(zmqError("EAFNOSUPPORT", { address: endpoint }))
    else if (isIP(host) !== 0) this.#connect([host], from)
    else {
      this.#stopLookup = this.resolver.resolve(host, ipv6 ? 0 : 4, (error, addresses) => {
        if (error === undefined) this.#connect(interleaved(addresses), from)
        else this.#fail(error)
      })
    }
  }

  #connect(all: readonly string[], from: string | undefined): void {
    const { host, port, source, endpoint } = this.target
    const localPort = source?.port ?? 0
    const addresses = from === undefined ? all : all.filter((address) => isIPv6(address) === isIPv6(from))
    if (addresses.length === 0) {
      this.#fail(
        zmqError("EAFNOSUPPORT", {
          address: endpoint,
          message: `${host} has no address that this machine can reach`,
        }),
      )
      return
    }
    const common: Omit<TcpNetConnectOpts, "host"> = {
      port,
      noDelay: true,
      ...(from === undefined ? {} : { localAddress: from }),
      ...(localPort === 0 ? {} : { localPort }),
    }
    this.#race = new AddressRace(
      addresses,
      (address) => connect({ ...common, host: address }),
      this.connected,
      this.#fail,
      // Two sockets cannot use the same local port at the same time.
      localPort === 0 ? HEAD_START : Infinity,
    )
    this.#race.start()
  }

  readonly #fail = (error: unknown): void => {
    if (!this.#canceled) this.failed(error as Error)
  }
}
