// The epgm transport: the PGM engine of pgm/, over UDP multicast.

import { LocalPipe } from "../../core/pipe/local-pipe.js"
import type { Pipe, PipeOwner } from "../../core/pipe/pipe.js"
import type { SessionPipe } from "../../core/pipe/session-pipe.js"
import { EMPTY } from "../../zmtp/bytes.js"
import { factsOf } from "../../zmtp/socket-types.js"
import type { Binding, ConnectedEndpoint, Transport, TransportHost } from "../transport.js"
import type { Carrier } from "./carrier.js"
import type { openCarrier } from "./open-carrier.js"
import { parseEpgmAddress, type EpgmAddress } from "./epgm-address.js"

/** Code that is loaded with the first endpoint. */
interface Carriers {
  readonly openCarrier: typeof openCarrier
}

/**
 * `epgm://`: PGM over UDP (RFC 3208), compatible with libzmq. PUB and XPUB send, SUB and XSUB receive; bind and connect
 * are equivalent.
 */
export function epgmTransport(load: () => Promise<Carriers>): Transport {
  return {
    async bind(text, host) {
      const endpoint = new Endpoint(parseEpgmAddress(text), text, host)
      await endpoint.open(load)
      host.emit({ type: "bind", address: endpoint.endpoint })
      return endpoint
    },

    bindSync(text, host) {
      const endpoint = new Endpoint(parseEpgmAddress(text), text, host)
      endpoint.openSoon(load, "bind")
      return endpoint
    },

    connect(text, host, _routingId, ended) {
      const endpoint = new Endpoint(parseEpgmAddress(text), text, host, ended)
      endpoint.openSoon(load, "connect")
      return endpoint
    },
  }
}

/** The transport over Node's sockets. */
export const epgm: Transport = epgmTransport(() => import("./open-carrier.js"))

type Phase =
  | { readonly kind: "opening"; ending: { readonly linger: number; readonly ended: () => void } | undefined }
  | { readonly kind: "open"; readonly carrier: Carrier }
  | { readonly kind: "failed" }

/** One endpoint of a socket. Its pipe exists immediately; messages are queued in it until the UDP sockets are open. */
class Endpoint implements Binding, ConnectedEndpoint, PipeOwner {
  readonly endpoint: string
  readonly #near: Pipe
  readonly #far: SessionPipe
  #phase: Phase = { kind: "opening", ending: undefined }

  constructor(
    private readonly address: EpgmAddress,
    text: string,
    private readonly host: TransportHost,
    private readonly ended: () => void = () => undefined,
  ) {
    this.endpoint = `epgm://${text}`
    ;[this.#near, this.#far] = LocalPipe.pair(host, host.pipeOptions(), this)
    host.attach(this.#near)
    if (factsOf(host.self.socketType).epgm === "sends")
      this.#far.announcePeer({ socketType: "", routingId: EMPTY, unfiltered: true })
  }

  /** @throws ZmqError (rejects) the error of the system. */
  async open(load: () => Promise<Carriers>): Promise<void> {
    const { address, endpoint, host } = this
    const options = host.transportOptions()
    try {
      const { openCarrier } = await load()
      const carrier = await openCarrier({ address, endpoint, host, options, far: this.#far })
      const { ending } = this.#phase as Extract<Phase, { kind: "opening" }>
      this.#phase = { kind: "open", carrier }
      if (ending !== undefined) void carrier.end(ending.linger).then(ending.ended)
    } catch (error) {
      const { ending } = this.#phase as Extract<Phase, { kind: "opening" }>
      this.#phase = { kind: "failed" }
      if (ending === undefined) host.detach(this.#near)
      ending?.ended()
      throw error
    }
  }

  /** Like `open`, but reports failures as events. */
  openSoon(load: () => Promise<Carriers>, type: "bind" | "connect"): void {
    const address = this.endpoint
    this.open(load).then(
      () => {
        this.host.emit({ type, address })
      },
      (error: unknown) => {
        this.host.emit({ type: "bind:error", address, error: error as Error })
        this.ended()
      },
    )
  }

  unbind(linger: number): Promise<void> {
    this.host.detach(this.#near)
    return this.#end(linger)
  }

  disconnect(linger: number): void {
    this.host.detach(this.#near)
    void this.#end(linger)
  }

  close(linger: number): void {
    void this.#end(linger)
  }

  // PipeOwner, until a carrier takes over

  readActivated(): void {
    // Messages stay queued for the carrier.
  }

  writeActivated(): void {
    // Only a carrier sends messages to the socket.
  }

  peerReady(): void {
    // A socket is always ready.
  }

  pipeTerminated(): void {
    // The socket ends the pipe by calling `#end`.
  }

  #end(linger: number): Promise<void> {
    const phase = this.#phase
    if (phase.kind === "open") return phase.carrier.end(linger)
    if (phase.kind === "failed") return Promise.resolve()
    return new Promise((ended) => {
      phase.ending ??= { linger, ended }
    })
  }
}
