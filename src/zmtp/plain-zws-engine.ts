import { ownCopy, type Frame, type Multipart } from "./bytes.js"
import type { Engine, EngineOptions, Protocol } from "./engine.js"
import { MAX_ROUTING_ID } from "./limits.js"
import { MessageReader } from "./message-reader.js"
import { UNKNOWN_PEER, type PeerDescription } from "./peer.js"
import { mayEnter, outOfOrder, type EngineState } from "./state.js"
import { ZwsFrameDecoder, ZwsOutbox } from "./frames/zws-frame.js"

/** The state of the engine, and what it holds only in that state. */
type Stage =
  { readonly state: Exclude<EngineState, "traffic"> } | { readonly state: "traffic"; readonly reader: MessageReader }

/**
 * Plain `ZWS2.0` (RFC 45): no mechanism and no commands. The first frame in each direction is the routing id, as in
 * ZMTP 2.0. Browsers support nothing else, so the engine is small for their bundles.
 */
export class PlainZwsEngine implements Engine {
  peer: PeerDescription = UNKNOWN_PEER
  readonly version = "2.0"
  readonly #options: EngineOptions
  readonly #outbox = new ZwsOutbox()
  readonly #decoder = new ZwsFrameDecoder()
  #stage: Stage = { state: "new" }

  constructor(options: EngineOptions) {
    this.#options = options
    this.#decoder.limit = MAX_ROUTING_ID
    this.#decoder.limitName = "length of a routing id"
  }

  get state(): EngineState {
    return this.#stage.state
  }

  get unread(): boolean {
    return this.#decoder.pending
  }

  get unsent(): number {
    return this.#outbox.size
  }

  start(): void {
    if (this.state !== "new") throw outOfOrder("start", this.state)
    this.#enter({ state: "handshake" })
    this.#outbox.frame(0, this.#options.routingId)
  }

  push(message: Frame): void {
    this.#decoder.push(message)
  }

  handshake(): boolean {
    if (this.state === "traffic") return true
    if (this.state !== "handshake") throw outOfOrder("handshake", this.state)
    try {
      return this.#readRoutingId()
    } catch (error) {
      this.#enter({ state: "failed" })
      throw error
    }
  }

  read(): Multipart | undefined {
    const stage = this.#stage
    if (stage.state !== "traffic") throw outOfOrder("read", stage.state)
    try {
      return stage.reader.read()
    } catch (error) {
      this.#enter({ state: "failed" })
      throw error
    }
  }

  write(message: Multipart): void {
    if (this.state !== "traffic") throw outOfOrder("write", this.state)
    this.#outbox.message(message)
  }

  drain(): Uint8Array[] {
    return this.#outbox.drain()
  }

  close(): void {
    this.#enter({ state: "closed" })
  }

  #enter(stage: Stage): void {
    if (mayEnter(this.state, stage.state)) this.#stage = stage
  }

  /** Ends the handshake with the peer's first frame. Returns false until it has arrived. */
  #readRoutingId(): boolean {
    if (!this.#decoder.next()) return false
    const routingId = ownCopy(this.#decoder.body)
    this.peer = { ...UNKNOWN_PEER, routingId }
    const rejection = this.#options.rejectionOf?.(routingId)
    if (rejection !== undefined) throw rejection
    this.#enter({ state: "traffic", reader: new MessageReader(this.#decoder, this.#options) })
    return true
  }
}

/** The subprotocol. Unlike the others, its name is a valid HTTP token. */
export const PLAIN_ZWS = "ZWS2.0"

export const plainZws: Protocol = (options) => new PlainZwsEngine(options)
