import type { ByteStream } from "../../core/byte-stream.js"
import type { DialDriver } from "./dial-driver.js"
import { Dialer } from "./dialer.js"
import type { ConnectionSecurity } from "../security/connection-security.js"
import { zmqError } from "../../core/errors.js"
import { NameFollower } from "./name-follower.js"
import { Listener, type Arrive, type Server } from "./listener.js"
import type { Binding, Connection, ConnectionHost, Transport, TransportOptions } from "../transport.js"

/** What differs between transports that carry a stream of bytes. */
export interface StreamDriver extends DialDriver {
  /**
   * @param arrive For what is not `accepted` as soon as it is there.
   * @throws ZmqError (rejects)
   */
  listen(
    address: string,
    options: TransportOptions,
    accepted: (stream: ByteStream) => void,
    failed: (error: Error) => void,
    arrive: Arrive,
  ): Promise<Server>
  /** The same at once. @throws ZmqError */
  listenSync(
    address: string,
    options: TransportOptions,
    accepted: (stream: ByteStream) => void,
    failed: (error: Error) => void,
    arrive: Arrive,
  ): Server
}

/** Listener and dialer over any stream of bytes: makes the sessions, and the pipes between them and the socket. */
export class StreamTransport implements Transport {
  constructor(
    private readonly scheme: string,
    private readonly driver: StreamDriver,
    private readonly security: ConnectionSecurity,
  ) {}

  async bind(address: string, host: ConnectionHost): Promise<Binding> {
    const options = this.security.options(host)
    const listener = new Listener(host, options, this.security)
    try {
      this.security.check(this.#endpoint(address), options.security)
      const { accept, acceptFailed, arrive } = listener.reception
      listener.listening(await this.driver.listen(address, options, accept, acceptFailed, arrive))
      return listener
    } catch (error) {
      throw refused(host, address, error)
    }
  }

  bindSync(address: string, host: ConnectionHost): Binding {
    const options = this.security.options(host)
    const listener = new Listener(host, options, this.security)
    try {
      this.security.check(this.#endpoint(address), options.security)
      const { accept, acceptFailed, arrive } = listener.reception
      listener.listening(this.driver.listenSync(address, options, accept, acceptFailed, arrive))
      return listener
    } catch (error) {
      throw refused(host, address, error)
    }
  }

  connect(address: string, host: ConnectionHost, routingId: Uint8Array | undefined, ended: () => void): Connection {
    const endpoint = this.#endpoint(address)
    const options = host.transportOptions()
    this.driver.check(address, options)
    const expand = options.resolveInterval > 0 ? this.driver.expansion?.(address, options) : undefined
    if (expand === undefined) return this.#dial(address, host, routingId, ended)
    if (routingId !== undefined) {
      throw zmqError("EINVAL", {
        address: endpoint,
        cause: new Error("A routing id is for one peer: resolveInterval is set"),
      })
    }
    this.security.check(endpoint, this.security.options(host).security)
    const endpointOf = (member: string): string => this.#endpoint(member)
    const connect = (member: string, gone: () => void): Dialer => this.#dial(member, host, undefined, gone)
    return new NameFollower({ expand, endpointOf, connect }, endpoint, host, options)
  }

  #dial(address: string, host: ConnectionHost, routingId: Uint8Array | undefined, ended: () => void): Dialer {
    return new Dialer(this.driver, address, this.#endpoint(address), host, routingId, ended, this.security)
  }

  #endpoint(address: string): string {
    return `${this.scheme}://${address}`
  }
}

/** Tells why nothing was bound, as libzmq does: after a `close` without an address if it tried to. */
function refused(host: ConnectionHost, address: string, error: unknown): Error {
  // Where no address was found there was nothing to close.
  if (!["EINVAL", "ENODEV"].includes((error as { code: string }).code)) host.emit({ type: "close" })
  host.emit({ type: "bind:error", address, error: error as Error })
  return error as Error
}
