import { Backoff } from "../backoff.js"
import type { Timer } from "../../core/runtime/clock.js"
import type { ConnectedEndpoint, ConnectionHost, TransportOptions } from "../transport.js"
import type { Attempt, Expansion } from "./dial-driver.js"

/** The connection to one of the addresses. */
export interface Member extends ConnectedEndpoint {
  /** The address is no longer valid: queued messages are sent over the current connection, if any, which then ends. */
  retire(linger: number): void
}

/** The part of the transport that a follower uses. */
export interface Following {
  /** Looks up the addresses of the name. */
  readonly expand: Expansion
  /** Connects to one of the addresses. @param ended Called when the connection was abandoned. */
  connect(address: string, ended: () => void): Member
  /** The endpoint of one of the addresses. */
  endpointOf(address: string): string
}

/**
 * A connected endpoint that follows a host name: it has one connection to each address of the name. Connections are
 * added and removed as the addresses change.
 */
export class NameFollower implements ConnectedEndpoint {
  /**
   * Connections by address. `undefined` means that it was abandoned, and is not retried while the name has this
   * address.
   */
  readonly #members = new Map<string, Member | undefined>()
  readonly #backoff: Backoff
  #lookup: Attempt | undefined
  #timer: Timer | undefined
  #closed = false

  constructor(
    private readonly following: Following,
    private readonly endpoint: string,
    private readonly host: ConnectionHost,
    private readonly options: TransportOptions,
  ) {
    this.#backoff = new Backoff(options.reconnectInterval, options.reconnectMaxInterval)
    this.#look()
  }

  disconnect(linger: number): void {
    this.#closed = true
    this.#timer?.cancel()
    this.#lookup?.cancel()
    for (const member of this.#members.values()) member?.disconnect(linger)
    this.#members.clear()
  }

  #look(): void {
    this.#lookup = this.following.expand((error, addresses) => {
      this.#lookup = undefined
      if (error === undefined) this.#update(addresses)
      if (this.#closed) return
      const { resolveInterval } = this.options
      let interval = resolveInterval
      if (error === undefined) this.#backoff.reset()
      else {
        // If the lookup fails, existing connections are not changed.
        interval = Math.min(this.#backoff.next(true) ?? resolveInterval, resolveInterval)
        this.host.emit({ type: "connect:retry", address: this.endpoint, interval, error })
        if (this.#isClosed()) return
      }
      this.#timer = this.host.runtime.clock.after(interval, () => {
        this.#look()
      })
    })
  }

  #update(addresses: readonly string[]): void {
    for (const address of addresses) {
      if (this.#members.has(address)) continue
      this.host.emit({ type: "address:add", address: this.endpoint, target: this.following.endpointOf(address) })
      // Listeners may have closed the socket.
      if (this.#closed) return
      this.#add(address)
    }
    for (const [address, member] of [...this.#members]) {
      if (addresses.includes(address)) continue
      this.#members.delete(address)
      this.host.emit({ type: "address:remove", address: this.endpoint, target: this.following.endpointOf(address) })
      if (this.#closed) {
        member?.disconnect(0)
        return
      }
      member?.retire(this.host.transportOptions().linger)
    }
  }

  #add(address: string): void {
    // It may be abandoned before `connect` returns, for example by a PAIR that has a peer.
    const state = { ended: false }
    this.#members.set(address, undefined)
    const member = this.following.connect(address, () => {
      state.ended = true
      if (this.#members.has(address)) this.#members.set(address, undefined)
    })
    if (!state.ended) this.#members.set(address, member)
  }

  #isClosed(): boolean {
    return this.#closed
  }
}
