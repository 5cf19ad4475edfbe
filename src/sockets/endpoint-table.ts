import { endpointError, systemError } from "../core/errors.js"
import type { ConnectedEndpoints } from "../transports/attached/attachment.js"
import type { Binding, ConnectedEndpoint, Transport, TransportHost } from "../transports/transport.js"
import type { SocketTypeFacts } from "../zmtp/socket-types.js"
import type { ContextState } from "./context.js"
import { parseEndpoint } from "./endpoint.js"
import type { SocketSettings } from "./options/settings.js"

/** The socket that owns the endpoints. */
export interface EndpointOwner extends TransportHost {
  /** Called when an endpoint was bound, or was connected and not rejected immediately. */
  endpointAdded(endpoint: string): void
}

/** The bound and connected endpoints of one socket, by name. */
export class EndpointTable implements ConnectedEndpoints {
  /** Routing id for the peer of the next connection (ZMQ_CONNECT_ROUTING_ID). */
  nextRoutingId: Uint8Array | undefined
  #last: { readonly endpoint: string } | undefined
  readonly #bindings = new Set<Binding>()
  /** Bindings by the endpoints that were passed to `bind`, unless these contained wildcards. */
  readonly #aliases = new Map<string, Binding>()
  readonly #connections = new Map<string, ConnectedEndpoint[]>()

  constructor(
    private readonly owner: EndpointOwner,
    private readonly context: ContextState,
    private readonly facts: SocketTypeFacts,
    private readonly settings: SocketSettings,
  ) {}

  /** The endpoint that was bound or connected last. */
  get last(): string | null {
    return this.#last?.endpoint ?? null
  }

  /** Bound endpoints with wildcards resolved, and connected endpoints as they were passed. */
  get names(): { readonly bound: readonly string[]; readonly connected: readonly string[] } {
    return { bound: [...this.#bindings].map(({ endpoint }) => endpoint), connected: [...this.#connections.keys()] }
  }

  get any(): boolean {
    return this.#bindings.size > 0 || this.#connections.size > 0
  }

  /** @param transport Default: the transport of the endpoint's scheme. */
  async bind(endpoint: string, transport?: Transport): Promise<void> {
    this.#bound(
      endpoint,
      await this.#reach(endpoint, (usual, address) => (transport ?? usual).bind(address, this.owner)),
    )
  }

  bindSync(endpoint: string): void {
    this.#bound(
      endpoint,
      this.#reach(endpoint, (transport, address) => transport.bindSync(address, this.owner)),
    )
  }

  async unbind(endpoint: string): Promise<void> {
    await this.unbindSync(endpoint)
  }

  /** Unbinds an endpoint. The result resolves when the address is available again. */
  unbindSync(endpoint: string): Promise<void> | undefined {
    const binding = this.#boundAt(endpoint)
    if (binding === undefined) {
      if (!this.#connections.has(endpoint)) throw this.#unknown(endpoint)
      this.disconnect(endpoint)
      return undefined
    }
    this.#bindings.delete(binding)
    return binding.unbind(this.settings.linger)
  }

  connect(endpoint: string): void {
    const routingId = this.nextRoutingId
    this.nextRoutingId = undefined
    if (this.facts.connectsOnce === true && this.#connections.has(endpoint)) return
    // A peer that accepts no more connections may reject it immediately.
    let state: "connecting" | "connected" | "ended" = "connecting"
    const connection = this.#reach(endpoint, (transport, address) =>
      transport.connect(address, this.owner, routingId, () => {
        if (state === "connected") this.removeConnection(endpoint, connection)
        state = "ended"
      }),
    )
    if ((state as string) !== "ended") {
      state = "connected"
      this.addConnection(endpoint, connection)
    }
    this.#last = { endpoint }
  }

  addConnection(endpoint: string, connection: ConnectedEndpoint): void {
    this.#connections.set(endpoint, [...(this.#connections.get(endpoint) ?? []), connection])
    this.owner.endpointAdded(endpoint)
  }

  removeConnection(endpoint: string, connection: ConnectedEndpoint): number {
    const others = this.#connections.get(endpoint)?.filter((other) => other !== connection) ?? []
    if (others.length > 0) this.#connections.set(endpoint, others)
    else this.#connections.delete(endpoint)
    return this.settings.linger
  }

  disconnect(endpoint: string): void {
    const connections = this.#connections.get(endpoint)
    if (connections === undefined) throw this.#unknown(endpoint)
    this.#connections.delete(endpoint)
    for (const connection of connections) connection.disconnect(this.settings.linger)
  }

  disconnectAll(linger: number): void {
    for (const connections of this.#connections.values()) {
      for (const connection of connections) connection.disconnect(linger)
    }
    this.#connections.clear()
  }

  closeBindings(linger: number): void {
    for (const binding of this.#bindings) binding.close(linger)
    this.#bindings.clear()
  }

  #bound(endpoint: string, binding: Binding): void {
    this.#bindings.add(binding)
    if (!/:[*0]$|^wss?:\/\/[^/]*:[*0]\/|^ipc:\/\/\*/.test(endpoint)) this.#aliases.set(endpoint, binding)
    this.#last = binding
    this.owner.endpointAdded(binding.endpoint)
  }

  #boundAt(endpoint: string): Binding | undefined {
    for (const binding of this.#bindings) if (binding.endpoint === endpoint) return binding
    const binding = this.#aliases.get(endpoint)
    return binding !== undefined && this.#bindings.has(binding) ? binding : undefined
  }

  #reach<T>(endpoint: string, reach: (transport: Transport, address: string) => T): T {
    const { scheme, address } = parseEndpoint(endpoint)
    const { inproc, settings, platform, transports, dedicated } = this.context
    if (scheme !== "inproc" && settings.ioThreads === 0) {
      throw endpointError("EMTHREAD", endpoint, "only inproc:// works in a context with ioThreads: 0")
    }
    const transport =
      scheme === "inproc"
        ? inproc
        : (transports.get(scheme) ?? dedicated?.transportFor(scheme) ?? platform.transports.get(scheme))
    if (!supports(this.facts, scheme)) {
      throw endpointError("ENOCOMPATPROTO", endpoint, `${this.owner.self.socketType} sockets cannot use ${scheme}://`)
    }
    if (transport === undefined) {
      const known = ["inproc", ...transports.keys(), ...platform.transports.keys()].join(", ")
      const explained = platform.explainMissing?.(scheme)
      if (explained !== undefined) throw endpointError("EPROTONOSUPPORT", endpoint, explained)
      throw endpointError("EPROTONOSUPPORT", endpoint, `unknown scheme "${scheme}": expected one of ${known}`)
    }
    return reach(transport, address)
  }

  /** The error for an endpoint that is not bound or connected. Malformed endpoints have other errors. */
  #unknown(endpoint: string): Error {
    try {
      this.#reach(endpoint, () => undefined)
    } catch (error) {
      return error instanceof Error ? error : systemError(error)
    }
    const { bound, connected } = this.names
    const known = [...bound, ...connected].join(", ")
    return endpointError("ENOENT", endpoint, `the endpoints of this socket are: ${known === "" ? "none" : known}`)
  }
}

/** Whether sockets of a type can use the transport with this scheme. */
export function supports({ udp, epgm, isRaw }: SocketTypeFacts, scheme: string): boolean {
  switch (scheme) {
    case "udp":
      return udp !== undefined
    case "epgm":
      return epgm !== undefined
    case "ws":
    case "wss":
      return isRaw !== true && udp !== "only"
    default:
      return udp !== "only"
  }
}
