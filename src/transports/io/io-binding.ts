import { Backoff } from "../backoff.js"
import type { Timer } from "../../core/runtime/clock.js"
import type { Binding, TransportHost, TransportOptions } from "../transport.js"
import { FIRST_PAUSE, IoEndpoint, LONGEST_PAUSE } from "./io-endpoint.js"
import type { IoRequest } from "./io-note.js"
import type { IoThreads } from "./io-threads.js"
import { encodeOptions } from "./io-values.js"

type Phase =
  /** The call that binds has not ended yet, or has failed. */
  | { readonly kind: "new" }
  | { readonly kind: "bound" }
  /** The I/O thread has ended, or binding again has failed. `retry` is the next attempt, unless `IoThreads` makes it. */
  | { readonly kind: "lost"; readonly retry: Timer | undefined }
  /** `settled` resolves when the attempt has succeeded or failed. */
  | { readonly kind: "rebinding"; readonly settled: Promise<void> }
  | { readonly kind: "unbinding" }
  | { readonly kind: "ended" }

/** A bound endpoint whose listener is in an I/O thread. If the thread ends, it is bound again in another thread. */
export class IoBinding implements Binding {
  endpoint = ""
  #endpoint: IoEndpoint
  #phase: Phase = { kind: "new" }
  readonly #backoff = new Backoff(FIRST_PAUSE, LONGEST_PAUSE)

  constructor(
    private readonly scheme: string,
    private readonly threads: IoThreads,
    private readonly host: TransportHost,
    private readonly options: TransportOptions,
    atOnce: boolean,
  ) {
    this.#endpoint = this.#start(atOnce)
  }

  bind(address: string): Promise<void> {
    return this.#bind(this.#endpoint, address)
  }

  bindNow(address: string): void {
    const endpoint = this.#endpoint
    try {
      this.#bound(endpoint.thread.askNow(this.#request(address, true)))
    } catch (error) {
      endpoint.thread.remove(endpoint)
      throw error
    }
  }

  async unbind(linger: number): Promise<void> {
    if (this.#phase.kind === "rebinding") await this.#phase.settled
    if (this.#phase.kind !== "bound") {
      this.#end()
      return
    }
    this.#phase = { kind: "unbinding" }
    const { id, thread } = this.#endpoint
    // If the thread ends, the address is free as well.
    await thread.ask({ kind: "unbind", endpoint: id, linger }).catch(() => undefined)
    this.#end()
  }

  close(linger: number): void {
    const { id, thread } = this.#endpoint
    this.#endpoint.closed = true
    if (this.#phase.kind === "bound" || this.#phase.kind === "rebinding") {
      thread.end({ kind: "close", endpoint: id, linger })
    }
    // Notes from the I/O thread arrive after the socket has emitted its last event.
    this.#endpoint.saidClosed = true
    if (this.#phase.kind === "bound") this.host.emit({ type: "close", address: this.endpoint })
    this.#end()
  }

  async #bind(endpoint: IoEndpoint, address: string): Promise<void> {
    try {
      this.#bound(await endpoint.thread.ask(this.#request(address, false)))
    } catch (error) {
      endpoint.thread.remove(endpoint)
      throw error
    }
  }

  #bound(name: string): void {
    this.endpoint = name
    this.#backoff.reset()
    // `close` does not wait for an attempt to bind again.
    if (this.#phase.kind !== "ended") this.#phase = { kind: "bound" }
  }

  #end(): void {
    if (this.#phase.kind === "lost") this.#phase.retry?.cancel()
    this.#phase = { kind: "ended" }
  }

  #start(atOnce: boolean): IoEndpoint {
    const { threads, host, options } = this
    return new IoEndpoint(threads.threadFor(host, atOnce), host, options, threads.features, {
      address: () => this.endpoint,
      ended: () => undefined,
      lost: (error) => {
        this.#lost(error)
      },
      restart: this.#rebind,
    })
  }

  /** The I/O thread has ended. `IoThreads` calls `restart` after a pause. */
  #lost(error: Error): void {
    switch (this.#phase.kind) {
      case "bound":
        this.host.emit({ type: "close", address: this.endpoint, error })
        break
      case "unbinding":
        this.host.emit({ type: "close", address: this.endpoint })
        return
      case "rebinding":
        this.#reportFailure(error)
        break
      default:
        return
    }
    // Listeners may have closed the socket.
    if ((this.#phase as Phase).kind !== "ended") this.#phase = { kind: "lost", retry: undefined }
  }

  readonly #rebind = (): void => {
    if (this.#phase.kind !== "lost") return
    try {
      this.#endpoint = this.#start(false)
    } catch (error) {
      this.#reportFailure(error as Error)
      this.#retryLater()
      return
    }
    const settled = this.#bind(this.#endpoint, this.#address).catch(() => {
      // The I/O thread has reported the reason.
      if (this.#phase.kind === "rebinding") this.#retryLater()
    })
    this.#phase = { kind: "rebinding", settled }
  }

  #retryLater(): void {
    if (this.#phase.kind === "ended") return
    const pause = this.#backoff.next() ?? LONGEST_PAUSE
    this.#phase = { kind: "lost", retry: this.threads.runtime.clock.after(pause, this.#rebind) }
  }

  /** Reports that the endpoint was not bound again, as the transports do. */
  #reportFailure(error: Error): void {
    this.host.emit({ type: "bind:error", address: this.#address, error })
  }

  /** The endpoint without its scheme. */
  get #address(): string {
    return this.endpoint.slice(`${this.scheme}://`.length)
  }

  #request(address: string, atOnce: boolean): IoRequest & { readonly endpoint: number } {
    const { scheme, threads, host, options } = this
    return {
      kind: "bind",
      endpoint: this.#endpoint.id,
      socket: threads.factsOf(host, options),
      scheme,
      address,
      options: encodeOptions(options),
      atOnce,
    }
  }
}
