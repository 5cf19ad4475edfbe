import type { ByteStream, ByteStreamOwner } from "../../src/core/byte-stream.js"
import type { Protocol } from "../../src/zmtp/engine.js"
import { overBytes } from "../../src/zmtp/over-bytes.js"

/** A connection without a network: what is written is kept, and what comes is said by the test. */
export class Loopback implements ByteStream {
  readonly peerAddress = "127.0.0.1"
  protocol: Protocol = overBytes
  owner: ByteStreamOwner | undefined
  /** Takes writes, but asks for a rest after each. */
  full = false
  paused = false
  /** Whether the system has accepted all bytes, where a test says so. */
  flushed = false
  /** Bytes that the system has taken and those that wait, where a test says so. */
  progress: { taken: number; waiting: number } | undefined
  state: "open" | "ending" | "ended" | "destroyed" = "open"
  #pieces: Uint8Array[] = []
  #sent: (() => void) | undefined

  start(owner: ByteStreamOwner): void {
    this.owner = owner
  }

  write(pieces: readonly Uint8Array[]): boolean {
    this.#pieces.push(...pieces)
    return !this.full
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
  }

  end(sent: () => void): void {
    this.state = "ending"
    this.#sent = sent
  }

  destroy(): void {
    this.state = "destroyed"
  }

  /** What was written since this was last asked. */
  take(): Buffer {
    const bytes = Buffer.concat(this.#pieces)
    this.#pieces = []
    return bytes
  }

  /** The peer says `bytes`. */
  say(...bytes: Uint8Array[]): void {
    this.owner!.data(Buffer.concat(bytes))
  }

  /** All that was written is on its way: there is room again. */
  drain(): void {
    this.full = false
    this.owner!.drained()
  }

  /** All is sent that was written before `end`. */
  finish(): void {
    this.state = "ended"
    this.#sent!()
  }
}
