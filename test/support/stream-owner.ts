import type { ByteStreamOwner } from "../../src/core/connection/byte-stream.js"

/** Owns a `ByteStream`, and records what it delivers. */
export class StreamOwner implements ByteStreamOwner {
  /** Everything delivered so far: bytes as text, and the names of events. */
  readonly events: string[] = []
  /** The bytes of all chunks. */
  bytes = Buffer.alloc(0)
  /** Number of chunks. */
  chunks = 0
  error: Error | undefined
  #arrived: () => void = () => undefined

  /** @param onData Called after each chunk. */
  constructor(private readonly onData: () => void = () => undefined) {}

  requestRoom(): undefined {
    return undefined
  }

  data(chunk: Uint8Array): void {
    this.chunks++
    this.bytes = Buffer.concat([this.bytes, chunk])
    this.#record(Buffer.from(chunk).toString("latin1"))
    this.onData()
  }

  pingAnswered(): void {
    this.#record("pingAnswered")
  }

  drained(): void {
    this.#record("drained")
  }

  closed(error: Error | undefined): void {
    this.error = error
    this.#record("closed")
  }

  /** Resolves when `condition` is met, which is checked at each event. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#arrived = resolve
      })
    }
  }

  #record(event: string): void {
    this.events.push(event)
    this.#arrived()
  }
}
