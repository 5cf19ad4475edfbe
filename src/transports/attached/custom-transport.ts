import { systemError, zmqError } from "../../core/errors.js"
import type { ByteStream } from "../../core/connection/byte-stream.js"
import type { Clock } from "../../core/runtime/clock.js"
import type { Runtime } from "../../core/runtime/runtime.js"
import type { ConnectionFeatures } from "../authentication/connection-features.js"
import type { Server } from "../stream/listener.js"
import { StreamTransport, type StreamDriver } from "../stream/stream-transport.js"
import type { Transport } from "../transport.js"
import type { AnyStream } from "./any-stream.js"
import type { StreamOpener } from "./open-stream.js"
import { dialStream } from "./dial-stream.js"

/**
 * A transport implemented by the application: opens and accepts streams for the endpoints of one scheme. The socket
 * performs handshakes, reconnects, enforces limits, and emits events.
 *
 * ```ts
 * const unix: CustomTransport = {
 *   connect: (address) => net.connect(address),
 * }
 * const context = new Context({ transports: { unix } })
 * ```
 */
export interface CustomTransport {
  /**
   * Validates an address. If it throws, `connect` of the socket fails with EINVAL and the error as its `cause`.
   * @param address The endpoint without its scheme: `host/path` for `ssh://host/path`.
   */
  check?(address: string): void
  /**
   * Opens a stream to `address`. If it rejects, the socket retries after `reconnectInterval`. Without this function,
   * `connect` of the socket fails with ENOTSUP.
   */
  connect?(address: string, attempt: ConnectAttempt): AnyStream | Promise<AnyStream>
  /**
   * Starts listening on `address`, and calls `listener.accept` for each stream. If the address is in use, reject with
   * an error whose `code` is EADDRINUSE. Without this function, `bind` of the socket fails with ENOTSUP.
   */
  bind?(address: string, listener: StreamListener): BoundAddress | Promise<BoundAddress>
}

/** One attempt to connect. */
export interface ConnectAttempt {
  /**
   * Aborts when the stream is no longer needed: the socket was closed or disconnected, or `connectTimeout` has passed.
   */
  readonly signal: AbortSignal
}

/** Receives the streams that a custom transport accepts. */
export interface StreamListener {
  /**
   * Passes an accepted stream to the socket.
   * @param options `peerAddress`: the address of the peer. Default: `remoteAddress` of the stream, or empty.
   * @throws ZmqError EINVAL if it is not a stream.
   */
  accept(stream: AnyStream, options?: { readonly peerAddress?: string }): void
  /** Reports a stream that could not be accepted. The socket emits the event `accept:error`. */
  failed(error: Error): void
}

/** The address on which a custom transport listens. */
export interface BoundAddress {
  /** The address, with wildcards resolved. Default: the address that was passed. */
  readonly address?: string
  /** Stops listening. Resolves when the address is available again. Accepted streams stay open. */
  close(): unknown
}

/** Adapts `custom` to the internal interface of transports. */
export function customTransport(
  scheme: string,
  custom: CustomTransport,
  features: ConnectionFeatures,
  runtime: Runtime,
  load: () => Promise<StreamOpener>,
): Transport {
  const unsupported = (address: string, what: string): Error =>
    zmqError("ENOTSUP", {
      address: `${scheme}://${address}`,
      message: `The custom transport for ${scheme}:// has no function "${what}"`,
    })
  let warned = false

  const driver: StreamDriver = {
    delays: true,

    check(address) {
      if (custom.connect === undefined) throw unsupported(address, "connect")
      try {
        custom.check?.(address)
      } catch (cause) {
        throw zmqError("EINVAL", { address: `${scheme}://${address}`, cause })
      }
    },

    dial(address, _options, connected, failed) {
      return dialStream(
        (signal) => custom.connect!(address, { signal }),
        load,
        undefined,
        runtime.clock,
        connected,
        failed,
        (error) => {
          if (!warned) runtime.warn(`${scheme}://${address}: ${error.message}`)
          warned = true
          failed(error)
        },
      )
    },

    async listen(address, _options, accepted, failed) {
      if (custom.bind === undefined) throw unsupported(address, "bind")
      const listener = new CustomListener(accepted, failed, runtime.clock, (await load()).openStream)
      try {
        return listener.bound(scheme, address, await custom.bind(address, listener))
      } catch (error) {
        throw systemError(error, `${scheme}://${address}`)
      }
    },

    listenSync(address) {
      const message = `${scheme}:// endpoints cannot be bound synchronously: use bind`
      throw zmqError("ENOTSUP", { address: `${scheme}://${address}`, message })
    },
  }
  return new StreamTransport(scheme, driver, features)
}

class CustomListener implements StreamListener {
  #closed = false

  constructor(
    private readonly accepted: (stream: ByteStream) => void,
    private readonly report: (error: Error) => void,
    private readonly clock: Clock,
    private readonly openStream: StreamOpener["openStream"],
  ) {}

  accept(stream: AnyStream, { peerAddress }: { readonly peerAddress?: string } = {}): void {
    const opened = this.openStream(stream, peerAddress, this.clock)
    if (this.#closed) opened.destroy()
    else this.accepted(opened)
  }

  failed(error: Error): void {
    if (!this.#closed) this.report(error)
  }

  bound(scheme: string, given: string, bound: BoundAddress): Server {
    return {
      endpoint: `${scheme}://${bound.address ?? given}`,
      close: async () => {
        this.#closed = true
        await bound.close()
      },
    }
  }
}
