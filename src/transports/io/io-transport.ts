import type { StreamTransport } from "../stream/stream-transport.js"
import type { Binding, Connection, Transport, TransportHost, TransportOptions } from "../transport.js"
import { IoEndpoint } from "./io-endpoint.js"
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

  connect(address: string, host: TransportHost, routingId: Uint8Array | undefined, ended: () => void): Connection {
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

class IoBinding implements Binding {
  endpoint = ""
  #endpoint: IoEndpoint

  constructor(
    private readonly scheme: string,
    private readonly threads: IoThreads,
    private readonly host: TransportHost,
    private readonly options: TransportOptions,
    atOnce: boolean,
  ) {
    this.#endpoint = this.#start(atOnce)
  }

  async bind(address: string): Promise<void> {
    const endpoint = this.#endpoint
    try {
      this.endpoint = await endpoint.thread.ask(this.#request(address, false))
    } catch (error) {
      endpoint.thread.remove(endpoint)
      throw error
    }
  }

  bindNow(address: string): void {
    const endpoint = this.#endpoint
    try {
      this.endpoint = endpoint.thread.askNow(this.#request(address, true))
    } catch (error) {
      endpoint.thread.remove(endpoint)
      throw error
    }
  }

  async unbind(linger: number): Promise<void> {
    const { id, thread } = this.#endpoint
    await thread.ask({ kind: "unbind", endpoint: id, linger })
  }

  close(linger: number): void {
    const { id, thread } = this.#endpoint
    this.#endpoint.closed = true
    thread.end({ kind: "close", endpoint: id, linger })
    // Notes from the I/O thread arrive after the socket has emitted its last event.
    this.#endpoint.saidClosed = true
    this.host.emit({ type: "close", address: this.endpoint })
  }

  #start(atOnce: boolean): IoEndpoint {
    const { threads, host, options } = this
    return new IoEndpoint(threads.threadFor(host, atOnce), host, options, threads.security, {
      address: () => this.endpoint,
      connects: false,
      ended: () => undefined,
      restart: () => {
        this.#endpoint = this.#start(false)
        // Failures are reported as events.
        this.bind(this.endpoint.slice(`${this.scheme}://`.length)).catch(() => undefined)
      },
    })
  }

  #request(address: string, atOnce: boolean) {
    const { scheme, threads, host, options } = this
    return {
      kind: "bind",
      endpoint: this.#endpoint.id,
      socket: threads.factsOf(host, options),
      scheme,
      address,
      options: encodeOptions(options),
      atOnce,
    } as const
  }
}

class IoConnection implements Connection {
  #endpoint: IoEndpoint

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
    return new IoEndpoint(threads.threadFor(host), host, options, threads.security, {
      address: () => `${this.scheme}://${this.address}`,
      connects: true,
      ended: this.ended,
      restart: () => {
        this.#endpoint = this.#start()
        try {
          this.connect(!options.immediate)
        } catch {
          // Another peer has taken the routing id in the meantime.
          this.ended()
        }
      },
    })
  }
}
