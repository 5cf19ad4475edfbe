import { Backoff } from "../backoff.js"
import type { StreamTransport } from "../stream/stream-transport.js"
import type { Binding, ConnectedEndpoint, Transport, TransportHost, TransportOptions } from "../transport.js"
import { IoBinding } from "./io-binding.js"
import { FIRST_PAUSE, IoEndpoint, LONGEST_PAUSE } from "./io-endpoint.js"
import type { IoThreads } from "./io-threads.js"
import { encodeBytes, encodeOptions } from "./io-values.js"

/** The endpoints of one scheme, in I/O threads. */
export class IoTransport implements Transport {
  /** @param local The same transport in this thread, for endpoints that I/O threads do not support. */
  constructor(
    private readonly scheme: string,
    private readonly local: StreamTransport,
    private readonly threads: IoThreads,
  ) {}

  async bind(address: string, host: TransportHost): Promise<Binding> {
    const options = host.transportOptions()
    if (!canCross(options)) return this.local.bind(address, host)
    await this.threads.released()
    const binding = new IoBinding(this.scheme, this.threads, host, options, false)
    await binding.bind(address)
    return binding
  }

  bindSync(address: string, host: TransportHost): Binding {
    const options = host.transportOptions()
    if (!canCross(options)) return this.local.bindSync(address, host)
    const binding = new IoBinding(this.scheme, this.threads, host, options, true)
    binding.bindNow(address)
    return binding
  }

  connect(
    address: string,
    host: TransportHost,
    routingId: Uint8Array | undefined,
    ended: () => void,
  ): ConnectedEndpoint {
    const options = host.transportOptions()
    if (!canCross(options)) return this.local.connect(address, host, routingId, ended)
    const { expand } = this.local.check(address, host, routingId)
    const connection = new IoConnection(this.scheme, address, this.threads, host, options, routingId, ended)
    connection.connect(expand === undefined && !options.immediate)
    return connection
  }
}

/** Whether no option is a function that must be called in this thread while a peer connects. */
function canCross({ webSocketOrigin }: TransportOptions): boolean {
  return typeof webSocketOrigin !== "function"
}

/** A connected endpoint whose dialer is in an I/O thread. If the thread ends, it is connected again in another thread. */
class IoConnection implements ConnectedEndpoint {
  #endpoint: IoEndpoint
  /** For attempts to start a thread. */
  readonly #backoff = new Backoff(FIRST_PAUSE, LONGEST_PAUSE)

  constructor(
    private readonly scheme: string,
    private readonly address: string,
    private readonly threads: IoThreads,
    private readonly host: TransportHost,
    private readonly options: TransportOptions,
    private readonly routingId: Uint8Array | undefined,
    private readonly ended: () => void,
  ) {
    this.#endpoint = this.#start()
  }

  /**
   * @param queues Whether to queue messages from now on.
   * @throws ZmqError EINVAL if the socket cannot have such a pipe.
   */
  connect(queues: boolean): void {
    const endpoint = this.#endpoint
    const { scheme, address, threads, host, options, routingId } = this
    let pipe: ReturnType<IoEndpoint["openPipe"]>
    if (queues) {
      try {
        pipe = endpoint.openPipe(routingId, this)
      } catch (error) {
        endpoint.thread.remove(endpoint)
        throw error
      }
      // The socket has refused the pipe, such as a PAIR that has a peer. Do not connect.
      if (pipe === undefined) {
        endpoint.thread.remove(endpoint)
        this.ended()
        return
      }
    }
    endpoint.thread.post({
      kind: "connect",
      endpoint: endpoint.id,
      socket: threads.factsOf(host, options),
      scheme,
      address,
      options: encodeOptions(options),
      routingId: routingId === undefined ? undefined : encodeBytes(routingId),
      pipe,
    })
  }

  disconnect(linger: number): void {
    const endpoint = this.#endpoint
    endpoint.closed = true
    endpoint.detachAll()
    endpoint.thread.end({ kind: "disconnect", endpoint: endpoint.id, linger })
  }

  #start(): IoEndpoint {
    const { threads, host, options } = this
    const endpoint = new IoEndpoint(threads.threadFor(host), host, options, threads.features, {
      address: () => this.#name,
      ended: this.ended,
      lost: (error, interval) => {
        host.emit({ type: "connect:retry", address: this.#name, interval, error })
      },
      restart: this.#restart,
    })
    this.#backoff.reset()
    return endpoint
  }

  readonly #restart = (): void => {
    // It may have been disconnected while it had no thread.
    if (this.#endpoint.closed) return
    try {
      this.#endpoint = this.#start()
    } catch (error) {
      const interval = this.#backoff.next() ?? LONGEST_PAUSE
      this.host.emit({ type: "connect:retry", address: this.#name, interval, error: error as Error })
      this.threads.runtime.clock.after(interval, this.#restart)
      return
    }
    try {
      this.connect(!this.options.immediate)
    } catch {
      // Another peer has taken the routing id in the meantime.
      this.ended()
    }
  }

  get #name(): string {
    return `${this.scheme}://${this.address}`
  }
}
