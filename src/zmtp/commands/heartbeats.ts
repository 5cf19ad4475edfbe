import type { Frame } from "../bytes.js"
import { commandData, encodeCommand } from "./command.js"

/** Maximum time to live, in tenths of a second. Larger values overflow in libzmq. */
const MAX_TTL = 655

/** Maximum size of the PING context that is returned in the PONG, in bytes (RFC 37, "PING and PONG"). */
const MAX_PING_CONTEXT = 16

/**
 * PING and PONG on one connection, in both directions (RFC 37, "Connection Heartbeating"). Nothing is sent unless the
 * state of the engine is `traffic`.
 */
export class HeartbeatCommands {
  /** Whether to send PING: this side may, and the peer either announced ZMTP 3.1 or has sent PING or PONG itself. */
  supported = false
  readonly #allowed: boolean
  readonly #send: (command: Frame) => void
  #pong: Frame | undefined
  #timeToLive = 0

  /** @param allowed Whether this side may send PING at all. */
  constructor(send: (command: Frame) => void, allowed: boolean) {
    this.#send = send
    this.#allowed = allowed
  }

  /** Records that the peer announced a version that has PING. */
  announced(): void {
    this.supported = this.#allowed
  }

  /** Whether a PONG must be sent; `answer` sends it. */
  get answerDue(): boolean {
    return this.#pong !== undefined
  }

  /**
   * Sends a PING. Call it only while `supported`: other peers would take it for a message, or misread what follows.
   * @param timeToLive How long the peer may wait for our next bytes, in ms, sent as at most 65,500; 0 means no limit.
   */
  ping(timeToLive: number): void {
    const ttl = Math.min(Math.floor(timeToLive / 100), MAX_TTL)
    this.#send(encodeCommand("PING", Uint8Array.of(ttl >>> 8, ttl & 0xff)))
  }

  /** Sends the pending PONG, if any. One PONG answers all PINGs received since the last one. */
  answer(): void {
    const pong = this.#pong
    if (pong === undefined) return
    this.#pong = undefined
    this.#send(pong)
  }

  /**
   * Returns the time to live from the peer's last PING, in ms, and resets it to 0. The peer may be silent that long.
   */
  takeTimeToLive(): number {
    const timeToLive = this.#timeToLive
    this.#timeToLive = 0
    return timeToLive
  }

  /** Handles a command from the peer. Ignores everything except PING and PONG. */
  received(command: Frame): void {
    const ping = commandData(command, "PING")
    if (ping === undefined) {
      if (commandData(command, "PONG") !== undefined) this.announced()
      return
    }
    if (ping.length < 2) return
    this.announced()
    this.#timeToLive = ((ping[0]! << 8) | ping[1]!) * 100
    this.#pong = encodeCommand("PONG", ping.subarray(2, 2 + MAX_PING_CONTEXT))
  }
}
