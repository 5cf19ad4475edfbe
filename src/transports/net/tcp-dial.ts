import { connect, isIP, isIPv6, type Socket, type TcpNetConnectOpts } from "node:net"
import { zmqError } from "../../core/errors.js"
import type { TcpAddress } from "../tcp/tcp-address.js"
import type { TransportOptions } from "../transport.js"
import { AddressRace, HEAD_START, interleaved } from "./address-race.js"
import { resolveLocal, zoned } from "./local-address.js"
import type { Resolver } from "./resolver.js"

/** Where to connect to, and the endpoint to name in errors. */
export interface TcpTarget extends TcpAddress {
  readonly endpoint: string
}

/** Connects to a host, by any of its addresses. The socket does not keep the process alive. */
export class TcpDial {
  #cancelled = false
  #stopLookup: (() => void) | undefined
  #race: AddressRace | undefined

  /** @param connected Given the socket once it is connected. `failed` is called instead, and neither before this returns. */
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
    this.#cancelled = true
    this.#stopLookup?.()
    this.#race?.cancel()
  }

  /** @param from Address of this machine to connect from. */
  readonly #resolve = (from: string | undefined): void => {
    if (this.#cancelled) return
    const { endpoint } = this.target
    const host = zoned(this.target.host)
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
          message: `${host} has no address that can be reached from here`,
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
      // One port cannot be used by two sockets at once.
      localPort === 0 ? HEAD_START : Infinity,
    )
    this.#race.start()
  }

  readonly #fail = (error: unknown): void => {
    if (!this.#cancelled) this.failed(error as Error)
  }
}
