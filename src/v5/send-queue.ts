import { Ring } from "../core/ring.js"
import type { MessageLike, Socket, Writable } from "../index.js"

export type Callback = (error?: Error) => void

/** A queued message, and its callbacks. */
interface Outgoing {
  /** As the application passed them: `send` of v6 reports invalid ones. */
  readonly frames: MessageLike[]
  readonly callbacks: readonly Callback[]
}

/** Queues messages without limit, and sends them in order, one at a time. */
export class SendQueue {
  readonly #outgoing = new Ring<Outgoing>()
  /** Frames sent with ZMQ_SNDMORE, until the last frame. */
  #unfinished: Outgoing | undefined
  #sending = false
  #paused = false
  /** A request is in flight: its reply is emitted before the next request is sent. */
  #expectsReply = false

  /**
   * @param expectsReplies Whether the next message must wait for a reply to the one that was just sent.
   * @param failed Receives an error if the message has no callback.
   */
  constructor(
    private readonly socket: Socket,
    private readonly sink: Writable,
    private readonly expectsReplies: () => boolean,
    private readonly failed: (error: Error) => void,
  ) {}

  /** @param more Whether further frames of the message follow. */
  push(frames: MessageLike[], callbacks: readonly Callback[], more: boolean): void {
    const outgoing = join(this.#unfinished, { frames, callbacks })
    this.#unfinished = more ? outgoing : undefined
    if (more) return
    if (this.socket.closed) {
      process.nextTick(settle, outgoing.callbacks, socketIsClosed())
      return
    }
    this.#outgoing.push(outgoing)
    this.flush()
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.flush()
  }

  /** A message was received and emitted. */
  received(): void {
    this.#expectsReply = false
    this.flush()
  }

  /** Sends the next message unless it must wait. Drops all messages if the socket is closed. */
  flush(): void {
    if (this.#sending) return
    if (this.socket.closed) {
      this.#outgoing.clear()
      return
    }
    if (this.#paused || this.#expectsReply) return
    const outgoing = this.#outgoing.shift()
    if (outgoing !== undefined) void this.#transmit(outgoing)
  }

  async #transmit({ frames, callbacks }: Outgoing): Promise<void> {
    this.#sending = true
    let error: Error | undefined
    try {
      await this.sink.send(frames)
    } catch (reason) {
      error = reason as Error
    }
    this.#sending = false
    this.#expectsReply = error === undefined && !this.socket.closed && this.expectsReplies()
    if (error !== undefined && callbacks.length === 0 && !this.socket.closed) process.nextTick(this.failed, error)
    settle(callbacks, error)
    this.flush()
  }
}

/** `next` with the frames before it. */
function join(before: Outgoing | undefined, { frames, callbacks }: Outgoing): Outgoing {
  if (before === undefined) return { frames, callbacks }
  return { frames: before.frames.concat(frames), callbacks: [...before.callbacks, ...callbacks] }
}

/** Calls all callbacks. Each exception becomes an uncaught exception and does not affect the others. */
function settle(callbacks: readonly Callback[], error: Error | undefined): void {
  for (const callback of callbacks) {
    try {
      if (error === undefined) callback()
      else callback(error)
    } catch (fault) {
      queueMicrotask(() => {
        throw fault
      })
    }
  }
}

function socketIsClosed(): Error {
  return Object.assign(new Error("Socket is closed"), { errno: 9, code: "EBADF" })
}
