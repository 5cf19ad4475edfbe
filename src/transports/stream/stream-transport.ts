// What all transports over byte streams have in common: dialers, listeners, and their limits.

import type { ByteStream } from "../../core/connection/byte-stream.js"
import type { ConnectionFeatures } from "../authentication/connection-features.js"
import { zmqError } from "../../core/errors.js"
import type {
  Binding,
  ConnectedEndpoint,
  ConnectionHost,
  StreamOptions,
  Transport,
  TransportOptions,
} from "../transport.js"
import type { DialDriver, Expansion } from "./dial-driver.js"
import { Dialer } from "./dialer.js"
import { NameFollower } from "./name-follower.js"
import { Listener, type TrackPending, type Server } from "./listener.js"

/** The parts that differ between transports over byte streams. */
export interface StreamDriver extends DialDriver {
  /**
   * Starts listening.
   * @param trackPending Registers connections that are not ready to be passed to `accepted`.
   * @throws ZmqError (rejects)
   */
  listen(
    address: string,
    options: StreamOptions,
    accepted: (stream: ByteStream) => void,
    failed: (error: Error) => void,
    trackPending: TrackPending,
  ): Promise<Server>
  /** Like `listen`, synchronously. @throws ZmqError */
  listenSync(
    address: string,
    options: StreamOptions,
    accepted: (stream: ByteStream) => void,
    failed: (error: Error) => void,
    trackPending: TrackPending,
  ): Server
}

/** A transport over byte streams. Creates sessions, and their pipes to the socket, for listeners and dialers. */
export class StreamTransport implements Transport {
  constructor(
    private readonly scheme: string,
    private readonly driver: StreamDriver,
    private readonly features: ConnectionFeatures,
  ) {}

  async bind(address: string, host: ConnectionHost): Promise<Binding> {
    try {
      const options = this.features.secure(this.#endpoint(address), host.transportOptions())
      const listener = new Listener(host, options, this.features)
      const { accept, acceptFailed, trackPending } = listener.callbacks
      listener.listening(await this.driver.listen(address, options, accept, acceptFailed, trackPending))
      return listener
    } catch (error) {
      throw refused(host, address, error)
    }
  }

  bindSync(address: string, host: ConnectionHost): Binding {
    try {
      const options = this.features.secure(this.#endpoint(address), host.transportOptions())
      const listener = new Listener(host, options, this.features)
      const { accept, acceptFailed, trackPending } = listener.callbacks
      listener.listening(this.driver.listenSync(address, options, accept, acceptFailed, trackPending))
      return listener
    } catch (error) {
      throw refused(host, address, error)
    }
  }

  connect(
    address: string,
    host: ConnectionHost,
    routingId: Uint8Array | undefined,
    ended: () => void,
  ): ConnectedEndpoint {
    const endpoint = this.#endpoint(address)
    const { options, expand } = this.check(address, host, routingId)
    if (expand === undefined) return this.#dial(address, host, routingId, ended)
    const endpointOf = (member: string): string => this.#endpoint(member)
    const connect = (member: string, gone: () => void): Dialer => this.#dial(member, host, undefined, gone)
    return new NameFollower({ expand, endpointOf, connect }, endpoint, host, options)
  }

  /**
   * Performs the checks of `connect`, for endpoints that connect in another thread.
   * @returns The options, and how to look up the hosts behind a name that is followed.
   * @throws ZmqError As `connect` does.
   */
  check(
    address: string,
    host: ConnectionHost,
    routingId: Uint8Array | undefined,
  ): { readonly options: TransportOptions; readonly expand: Expansion | undefined } {
    const endpoint = this.#endpoint(address)
    const options = host.transportOptions()
    this.driver.check(address, options)
    const expand = options.resolveInterval > 0 ? this.driver.expansion?.(address, options) : undefined
    if (expand !== undefined && routingId !== undefined) {
      throw zmqError("EINVAL", {
        address: endpoint,
        cause: new Error("A routing id identifies one peer and cannot be combined with resolveInterval"),
      })
    }
    this.features.secure(endpoint, options)
    return { options, expand }
  }

  #dial(address: string, host: ConnectionHost, routingId: Uint8Array | undefined, ended: () => void): Dialer {
    return new Dialer(this.driver, address, this.#endpoint(address), host, routingId, ended, this.features)
  }

  #endpoint(address: string): string {
    return `${this.scheme}://${address}`
  }
}

/** Reports why binding failed. As in libzmq, a `close` event without an address precedes it if a socket was created. */
function refused(host: ConnectionHost, address: string, error: unknown): Error {
  // If no address was found, no socket was created.
  if (!["EINVAL", "ENODEV"].includes((error as { code: string }).code)) host.emit({ type: "close" })
  host.emit({ type: "bind:error", address, error: error as Error })
  return error as Error
}
