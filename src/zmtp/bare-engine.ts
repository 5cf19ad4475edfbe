import { ownCopy, type Frame, type Message } from "./bytes.js"
import { LARGEST_FRAME, MAX_FRAMES, MAX_ROUTING_ID, type EngineOptions } from "./engine.js"
import { FLAG_COMMAND, FLAG_MORE } from "./frame.js"
import { NOBODY, type NetworkPeer } from "./peer.js"
import type { Protocol } from "./protocol.js"
import { LimitError, ProtocolError } from "./protocol-error.js"
import { messageCheck } from "./socket-type.js"
import { ZwsFrameDecoder, ZwsOutbox } from "./zws-frame.js"

/**
 * What an `Engine` is to ZMTP for plain `ZWS2.0`: no handshake, no mechanism and no commands. The first frame each way
 * is the routing id, as in ZMTP 2.0. Small, since it is all that browsers can speak.
 */
export class BareEngine {
  readonly outbox = new ZwsOutbox()
  readonly handshakes = false
  /** The peer's routing id is there. */
  ready = false
  peer: Omit<NetworkPeer, "address"> = NOBODY
  readonly peerHeartbeats = false
  readonly pingReceived = false
  readonly credentials = undefined
  readonly room = undefined
  peerTimeToLive = 0
  readonly #options: EngineOptions
  readonly #decoder = new ZwsFrameDecoder()
  readonly #check: ReturnType<typeof messageCheck>
  #frames: Message = []
  /** Bytes in `#frames`. */
  #gathered = 0

  constructor(options: EngineOptions) {
    this.#options = options
    this.#check = messageCheck(options.socketType)
    this.#decoder.limit = MAX_ROUTING_ID
    this.#decoder.limitName = "length of a routing id"
    this.outbox.frame(0, options.routingId)
  }

  get pending(): boolean {
    return this.#decoder.pending
  }

  push(message: Frame): void {
    this.#decoder.push(message)
  }

  /** @throws ProtocolError */
  handshake(): boolean {
    if (!this.#decoder.next()) return false
    this.peer = { ...NOBODY, routingId: ownCopy(this.#decoder.body) }
    this.#limit()
    this.ready = true
    return true
  }

  /** @throws ProtocolError */
  read(): Message | undefined {
    const decoder = this.#decoder
    while (decoder.next()) {
      const { flags, body } = decoder
      if ((flags & FLAG_COMMAND) !== 0) continue
      this.#frames.push(body)
      const more = (flags & FLAG_MORE) !== 0
      if (more && this.#frames.length >= MAX_FRAMES) {
        throw new LimitError("frames of a message", `Message of over ${MAX_FRAMES} frames`)
      }
      this.#gathered = more ? this.#gathered + body.length : 0
      if (more || this.#frames.length > 1) this.#limit()
      if (more) continue
      const message = this.#frames
      this.#frames = []
      if (this.#check?.(message) !== false) return message
      throw new ProtocolError("ERR_ZMTP_UNSPECIFIED", `No message for a ${this.#options.socketType}`)
    }
    return undefined
  }

  write(message: Message): void {
    this.outbox.message(message)
  }

  authorize(): void {
    // Nobody asks.
  }

  dispose(): void {
    // There are no secrets.
  }

  ping(): void {
    // There are no commands.
  }

  answerPing(): void {
    // Nobody has asked.
  }

  /** The smaller of what one frame may have and what its message still may. */
  #limit(): void {
    const { maxMessageSize, maxMultipartSize } = this.#options
    const left = (maxMultipartSize < 0 ? LARGEST_FRAME : maxMultipartSize) - this.#gathered
    const whole = maxMessageSize < 0 || left < maxMessageSize
    this.#decoder.limit = whole ? left : maxMessageSize
    this.#decoder.limitName = whole ? "maxMultipartSize" : "maxMessageSize"
  }
}

/** Its subprotocol, whose name HTTP allows. */
export const PLAIN_ZWS = "ZWS2.0"

/** What is spoken under it. */
export const bareZws: Protocol = (options) => new BareEngine(options)
