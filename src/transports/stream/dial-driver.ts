import type { ByteStream } from "../../core/connection/byte-stream.js"
import type { StreamOptions, TransportOptions } from "../transport.js"

/** An attempt to connect. */
export interface Attempt {
  cancel(): void
}

/** Looks up addresses, and calls `done` asynchronously unless it is canceled. */
export type Expansion = (done: (error: Error | undefined, addresses: readonly string[]) => void) => Attempt

/** Creates connections for one kind of transport. */
export interface DialDriver {
  /** Whether attempts are asynchronous, so `connect:delay` is emitted. */
  readonly delays: boolean
  /**
   * Returns a function that looks up all addresses of the host name in `address`, in the form that `dial` accepts;
   * `undefined` if `address` is a single address.
   * @throws ZmqError EINVAL if this is not possible.
   */
  expansion?(address: string, options: TransportOptions): Expansion | undefined
  /** @throws ZmqError EINVAL if `address` is malformed, EAFNOSUPPORT if it can never be reached. */
  check(address: string, options: TransportOptions): void
  /** Whether the reconnect delay increases after any failure, even if no peer may have accepted the connection. */
  readonly backsOff?: boolean
  /** Calls `task` whenever the network may have become available. @returns a function that stops this */
  whenReachable?(task: () => void): () => void
  /**
   * @param failed Its parameter `answered` means that a peer accepted the connection, but cannot be used with this
   * configuration.
   */
  dial(
    address: string,
    options: StreamOptions,
    connected: (stream: ByteStream) => void,
    failed: (error: Error, answered?: boolean) => void,
  ): Attempt
}

/** Receives the result of an attempt. */
export interface AttemptOwner {
  connected(stream: ByteStream): void
  failed(error: Error, answered?: boolean): void
}

/**
 * Passes the result of an attempt to its owner until it has settled or is canceled, because the system keeps references
 * to its callbacks until it has cleaned up.
 */
export class DetachableAttempt implements Attempt {
  #owner: AttemptOwner | undefined
  readonly #attempt: Attempt

  constructor(driver: DialDriver, address: string, options: StreamOptions, owner: AttemptOwner) {
    this.#owner = owner
    this.#attempt = driver.dial(
      address,
      options,
      (stream) => {
        const owner = this.#release()
        if (owner === undefined) stream.destroy()
        else owner.connected(stream)
      },
      (error, answered) => {
        this.#release()?.failed(error, answered)
      },
    )
  }

  cancel(): void {
    this.#owner = undefined
    this.#attempt.cancel()
  }

  #release(): AttemptOwner | undefined {
    const owner = this.#owner
    this.#owner = undefined
    return owner
  }
}
