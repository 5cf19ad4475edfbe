import { isIPv6, type Socket } from "node:net"
import { systemClock, type Clock, type Timer } from "../../core/runtime/clock.js"

/** Delay between attempts to connect to consecutive addresses, in ms (RFC 8305, "Connection Attempt Delay"). */
export const HEAD_START = 250

/**
 * Sorts addresses in the order in which to try them: the address families alternate, beginning with that of the first
 * address (RFC 8305, section 4).
 */
export function interleaved(addresses: readonly string[]): string[] {
  const first = addresses.filter((address) => isIPv6(address) === isIPv6(addresses[0]!))
  const second = addresses.filter((address) => !first.includes(address))
  return Array.from({ length: Math.max(first.length, second.length) }, (_, index) => [first[index], second[index]])
    .flat()
    .filter((address) => address !== undefined)
}

/**
 * Connects to the first of several addresses that accepts (RFC 8305). Each attempt starts a short time after the
 * previous one, or immediately if that has failed. The first success cancels the other attempts.
 */
export class AddressRace {
  readonly #pending = new Set<Socket>()
  readonly #errors: Error[] = []
  #next = 0
  #timer: Timer | undefined
  #done = false

  /**
   * @param headStart Delay between attempts, in ms. With `Infinity`, each address is tried only after the previous one
   * has failed.
   */
  constructor(
    private readonly addresses: readonly string[],
    private readonly connect: (address: string) => Socket,
    private readonly connected: (socket: Socket) => void,
    private readonly failed: (error: Error) => void,
    private readonly headStart = HEAD_START,
    private readonly clock: Clock = systemClock,
  ) {}

  start(): void {
    this.#try()
  }

  cancel(): void {
    this.#done = true
    this.#timer?.cancel()
    for (const socket of this.#pending) discard(socket)
    this.#pending.clear()
  }

  #try(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const address = this.addresses[this.#next]
    if (this.#done || address === undefined) return
    this.#next++
    const socket = this.connect(address).unref()
    this.#pending.add(socket)
    const failed = (error: Error): void => {
      this.#pending.delete(socket)
      this.#errors.push(error)
      if (this.#next < this.addresses.length) this.#try()
      else if (this.#pending.size === 0) this.#fail()
    }
    socket.once("error", failed)
    socket.once("connect", () => {
      socket.off("error", failed)
      this.#pending.delete(socket)
      this.cancel()
      this.connected(socket)
    })
    if (this.headStart === Infinity || this.#next >= this.addresses.length) return
    this.#timer = this.clock.after(this.headStart, () => {
      this.#try()
    })
  }

  #fail(): void {
    if (this.#done) return
    this.#done = true
    const [error] = this.#errors as [Error]
    if (this.#errors.length === 1) this.failed(error)
    else {
      const { code } = error as { code?: string }
      const message = this.#errors.map(({ message }) => message).join("; ")
      this.failed(Object.assign(new AggregateError(this.#errors, message), code === undefined ? {} : { code }))
    }
  }
}

function discard(socket: Socket): void {
  socket.removeAllListeners("connect").removeAllListeners("error")
  socket.on("error", () => undefined).destroy()
}
