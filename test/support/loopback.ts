import type { ByteStream, ByteStreamOwner } from "../../src/core/connection/byte-stream.js"
import type { Protocol } from "../../src/zmtp/engine.js"
import { overBytes } from "../../src/zmtp/over-bytes.js"

/** A stream without a network. It stores written data, and the test provides received data. */
export class Loopback implements ByteStream {
  readonly peerAddress = "127.0.0.1"
  protocol: Protocol = overBytes
  owner: ByteStreamOwner | undefined
  /** Whether the stream is congested: it accepts a write, but asks the writer to pause after it. */
  full = false
  paused = false
  /** Whether the system has accepted all bytes. Set by tests. */
  flushed = false
  /** Bytes that the system has accepted, and bytes that still wait. Set by tests. */
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

  /** Returns the data that was written since the last call. */
  take(): Buffer {
    const bytes = Buffer.concat(this.#pieces)
    this.#pieces = []
    return bytes
  }

  /** Delivers `bytes` from the peer. */
  say(...bytes: Uint8Array[]): void {
    this.owner!.data(Buffer.concat(bytes))
  }

  /** Reports that all written data is sent, so that there is room again. */
  drain(): void {
    this.full = false
    this.owner!.drained()
  }

  /** Reports that all data written before `end` is sent. */
  finish(): void {
    this.state = "ended"
    this.#sent!()
  }
}
