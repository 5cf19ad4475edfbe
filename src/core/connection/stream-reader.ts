import type { Frame, Multipart } from "../../zmtp/bytes.js"
import { FRAME_OVERHEAD, MESSAGE_OVERHEAD } from "../../zmtp/cost.js"
import type { Engine } from "../../zmtp/engine.js"
import type { NetworkPeer } from "../../zmtp/peer.js"
import type { ByteStream } from "./byte-stream.js"
import type { ConnectionOwner } from "./connection-owner.js"
import { tracePeer } from "./peer-trace.js"

/** Chunks up to this size, in bytes, are read immediately, even if other work is pending. */
const SMALL_CHUNK = 4 * 1024

/**
 * Smallest number of bytes between messages that is counted. The overhead that each message already counts covers fewer
 * bytes.
 */
const LEAST_SKIPPED = MESSAGE_OVERHEAD + FRAME_OVERHEAD

/** Moves messages from a stream to a pipe, and pauses the stream while a chunk has to wait. */
export class StreamReader {
  /**
   * Whether the stream is paused because a chunk is waiting: for room in the pipe, for the verdict on the peer, or for
   * suspended operations to resume.
   */
  paused = false
  readonly #stream: ByteStream
  readonly #engine: Engine
  /** The owner of the pipe. */
  readonly #owner: ConnectionOwner
  /** The chunk for which the stream is paused. */
  #waiting: Frame | undefined
  readonly #readLater: () => void

  /** @param readLater Calls `read` and handles what it throws. It is called after `postpone`. */
  constructor(stream: ByteStream, engine: Engine, owner: ConnectionOwner, readLater: () => void) {
    this.#stream = stream
    this.#engine = engine
    this.#owner = owner
    this.#readLater = readLater
  }

  /** Whether some of the received data has not been read yet. */
  get unread(): boolean {
    return this.#waiting !== undefined || this.#engine.unread
  }

  /** Keeps a chunk for `read` or `takeWaiting`, and pauses the stream. */
  wait(chunk: Frame): void {
    this.#waiting = chunk
    if (this.paused) return
    this.paused = true
    this.#stream.pause()
  }

  /**
   * Lets a chunk wait if many operations are suspended, because its messages would only wait, too. Returns false if it
   * must be read now. This includes a chunk that was read in place, which must be pushed before the next read.
   */
  postpone(chunk: Frame): boolean {
    const { budget } = this.#owner.runtime
    if (chunk.length <= SMALL_CHUNK || !budget.overloaded || this.#engine.gathering === true) return false
    this.wait(chunk)
    budget.postpone(this.#readLater)
    return true
  }

  /** Removes the chunk that waits. */
  takeWaiting(): Frame | undefined {
    const chunk = this.#waiting
    this.#waiting = undefined
    return chunk
  }

  /**
   * Moves messages to the pipe while it has room. Drops them if there is no pipe, or if the owner is finishing.
   * @param chunk The chunk that has just arrived.
   * @param tracedPeer The peer, if the senders of messages are recorded.
   */
  read(chunk: Frame | undefined, tracedPeer: NetworkPeer | undefined): void {
    const engine = this.#engine
    const owner = this.#owner
    const pipe = owner.finishing ? undefined : owner.pipe
    for (let next = chunk; ; next = this.takeWaiting()) {
      if (next !== undefined) engine.push(next)
      while (pipe === undefined || pipe.requestRoom()) {
        const message: Multipart | undefined = engine.read()
        if (message === undefined) break
        if (tracedPeer !== undefined) tracePeer(message, tracedPeer)
        pipe?.send(message)
      }
      if (engine.unread || this.#waiting === undefined) break
    }
    const skipped = engine.takeSkipped?.(LEAST_SKIPPED)
    if (skipped) pipe?.chargeSent?.(skipped)
  }

  /** Lets the stream continue. */
  resume(): void {
    if (!this.paused) return
    this.paused = false
    this.#stream.resume()
  }
}
