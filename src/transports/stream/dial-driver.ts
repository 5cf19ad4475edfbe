import type { ByteStream } from "../../core/byte-stream.js"
import type { TransportOptions } from "../transport.js"

/** An attempt to connect. */
export interface Attempt {
  cancel(): void
}

/** Looks up addresses, and calls `done` later unless it is cancelled. */
export type Expansion = (done: (error: Error | undefined, addresses: readonly string[]) => void) => Attempt

/** How connections are made. */
export interface DialDriver {
  /** Whether attempts take time, so that `connect:delay` is told. */
  readonly delays: boolean
  /**
   * How to look up all that `address` stands for by its host name, each in the form of an address to dial; `undefined` where
   * it stands for one address.
   * @throws ZmqError EINVAL where that cannot be done.
   */
  expansion?(address: string, options: TransportOptions): Expansion | undefined
  /** @throws ZmqError EINVAL when `address` is malformed, EAFNOSUPPORT when it can never be reached. */
  check(address: string, options: TransportOptions): void
  /** Whether the time between attempts grows after any failure, though nobody may have answered. */
  readonly backsOff?: boolean
  /** Calls `task` whenever the network may be there again. @returns What ends this. */
  whenReachable?(task: () => void): () => void
  /** @param failed `answered` tells that somebody has answered, and can never be spoken to like that. */
  dial(
    address: string,
    options: TransportOptions,
    connected: (stream: ByteStream) => void,
    failed: (error: Error, answered?: boolean) => void,
  ): Attempt
}

/** What comes of an attempt. */
export interface AttemptOwner {
  connected(stream: ByteStream): void
  failed(error: Error, answered?: boolean): void
}

/** Leads to its owner until it has settled or is cancelled: the system keeps what it is given until it has cleaned up. */
export class DetachableAttempt implements Attempt {
  #owner: AttemptOwner | undefined
  readonly #attempt: Attempt

  constructor(driver: DialDriver, address: string, options: TransportOptions, owner: AttemptOwner) {
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
