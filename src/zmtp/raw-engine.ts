import type { Frame, Message } from "./bytes.js"
import { Outbox } from "./outbox.js"
import { NOBODY } from "./peer.js"

/** What an `Engine` is to ZMTP for connections that speak anything else (STREAM): bytes are messages as they come. */
export class RawEngine {
  readonly outbox = new Outbox()
  readonly handshakes = false
  readonly ready = true
  readonly peer = NOBODY
  readonly peerHeartbeats = false
  readonly pingReceived = false
  readonly credentials = undefined
  readonly room = undefined
  peerTimeToLive = 0
  #chunk: Frame | undefined

  get pending(): boolean {
    return this.#chunk !== undefined
  }

  push(chunk: Frame): void {
    this.#chunk = chunk
  }

  handshake(): boolean {
    return true
  }

  read(): Message | undefined {
    const chunk = this.#chunk
    this.#chunk = undefined
    return chunk === undefined ? undefined : [chunk]
  }

  write(message: Message): void {
    for (const bytes of message) this.outbox.raw(bytes)
  }

  authorize(): void {
    // Nobody asks.
  }

  dispose(): void {
    // There are no secrets.
  }

  ping(): void {
    // Nobody would understand.
  }

  answerPing(): void {
    // Nobody has asked.
  }
}
