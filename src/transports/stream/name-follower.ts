import { Backoff } from "../../core/backoff.js"
import type { Timer } from "../../core/clock.js"
import type { Connection, ConnectionHost, TransportOptions } from "../transport.js"
import type { Attempt, Expansion } from "./dial-driver.js"

/** A connection to one of the addresses. */
export interface Member extends Connection {
  /** The address is gone: what was sent goes on over the connection that there is, if there is one, and then ends. */
  retire(linger: number): void
}

/** What a follower needs to know of the transport. */
export interface Following {
  /** Looks up the addresses behind the name. */
  readonly expand: Expansion
  /** Connects to one of them. @param ended Called when the connection is given up. */
  connect(address: string, ended: () => void): Member
  /** The endpoint of one of them. */
  endpointOf(address: string): string
}

/**
 * A connected endpoint whose host name stands for many hosts: one connection to each of its addresses, which come and go
 * as the name changes.
 */
export class NameFollower implements Connection {
  /** `undefined` for one that was given up, and is not tried again as long as the name has its address. */
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
        // A name that cannot be looked up changes nothing about the connections that there are.
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
    // It may be given up before it is returned, such as by a PAIR that has a peer.
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
