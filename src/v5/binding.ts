import type { Message, MessageLike, Socket as V6Socket, Writable } from "../index.js"
import { STATE_CLOSED, STATE_READY, ZMQ_SNDMORE } from "./constants.js"

/** Interval between checks whether a socket can send, in ms. */
const INTERVAL = 10

/**
 * The part of `socket._zmq` in zeromq.js 4 and 5 that programs use: the state of the socket, and sending that bypasses
 * its queue of outgoing messages.
 */
export class Binding {
  /** Called when the socket can send, if `pending` is set. */
  onSendReady: (() => void) | undefined
  readonly #socket: V6Socket
  readonly #sink: Writable | undefined
  readonly #take: () => Message[] | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  /**
   * @param sink The socket, if it can send.
   * @param take Takes the message that was received and not yet read.
   */
  constructor(socket: V6Socket, sink: Writable | undefined, take: () => Message[] | undefined) {
    this.#socket = socket
    this.#sink = sink
    this.#take = take
  }

  /** STATE_READY or STATE_CLOSED. */
  get state(): number {
    return this.#socket.closed ? STATE_CLOSED : STATE_READY
  }

  /** Whether to call `onSendReady` once, when the socket can send. */
  get pending(): boolean {
    return this.#timer !== undefined
  }

  set pending(value: boolean) {
    if (value === this.pending) return
    if (value) this.#wait()
    else this.#stop()
  }

  /** Returns the message that was received, or `undefined`. Call it in `_flushRead`. */
  readv(): Message[] | undefined {
    return this.#take()
  }

  /**
   * Sends a message immediately.
   * @param content Frames, each followed by its flags: ZMQ_SNDMORE, and 0 after the last frame.
   * @returns false if the socket cannot send now.
   * @throws Error if the socket is closed or only receives, or if the flags leave the message unfinished.
   */
  sendv(content: readonly (MessageLike | number)[]): boolean {
    if (this.#socket.closed) throw new Error("Socket is closed")
    if (this.#sink === undefined) throw new Error("Cannot send on this socket type.")
    const frames: MessageLike[] = []
    for (let index = 0; index < content.length; index += 2) {
      const flags = content[index + 1]
      const more = typeof flags === "number" && (flags & ZMQ_SNDMORE) !== 0
      if (typeof flags !== "number" || more !== index + 2 < content.length) {
        throw new Error(`Invalid flags after frame ${index / 2}: must be ZMQ_SNDMORE, and 0 after the last frame`)
      }
      frames.push(content[index]!)
    }
    if (!this.#socket.writable) return false
    // A writable socket accepts the message before `send` returns.
    this.#sink.send(frames).catch(() => undefined)
    return true
  }

  /** Polls the socket, because sockets have no event for becoming writable. */
  #wait(): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (this.#socket.closed) return
      if (this.#socket.writable) this.onSendReady?.()
      else this.#wait()
    }, INTERVAL)
  }

  #stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
