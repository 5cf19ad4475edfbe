import type { Multipart } from "../../zmtp/bytes.js"
import type { SessionPipe } from "../pipe/session-pipe.js"

/** Bits of the events that a socket is notified about (ZMQ_NOTIFY_CONNECT, ZMQ_NOTIFY_DISCONNECT). */
export const NOTIFY_CONNECT = 1
export const NOTIFY_DISCONNECT = 2
/** All of them. */
export const NOTIFY_ALL = NOTIFY_CONNECT | NOTIFY_DISCONNECT

/**
 * The event that a notification reports: the peer has connected, it has disconnected, or the connection was lost, with the
 * application's own message (ZMQ_HICCUP_MSG, ZMQ_DISCONNECT_MSG).
 */
export type Occasion = "came" | "left" | "lost"

interface Notification {
  readonly occasion: Occasion
  readonly message: Multipart
}

/** Maximum number of notifications beyond the marks of a full pipe. */
const MOST_PAST_MARKS = 64

/**
 * Delivers notifications about the peer to a socket. They exceed the high-water marks, but only by a few messages, so that
 * a peer that reconnects repeatedly while nobody receives does not add two messages each time. Further notifications wait
 * until there is room. A connection that comes and goes in the meantime is not reported.
 */
export class Notifier {
  #pastMarks = 0
  #waiting: Notification[] = []

  notify(pipe: SessionPipe, occasion: Occasion, message: Multipart): void {
    if (this.#waiting.length === 0 && this.#send(pipe, message)) return
    if (occasion === "left") {
      const neverCame = this.#has("came") && !this.#has("left")
      this.#waiting = []
      if (neverCame) return
    } else if (this.#has(occasion)) return
    this.#waiting.push({ occasion, message })
  }

  /** Delivers waiting notifications. Call when the pipe has room again. */
  roomAvailable(pipe: SessionPipe): void {
    this.#pastMarks = 0
    while (this.#waiting.length > 0 && pipe.requestRoom()) pipe.send(this.#waiting.shift()!.message)
  }

  /** Delivers all waiting notifications. Call before the pipe is closed. */
  finish(pipe: SessionPipe): void {
    for (const { message } of this.#waiting) pipe.sendPastMark(message)
    this.#waiting = []
    this.#pastMarks = 0
  }

  /** Returns false if the message must wait. */
  #send(pipe: SessionPipe, message: Multipart): boolean {
    if (!pipe.requestRoom() && this.#pastMarks++ >= MOST_PAST_MARKS) return false
    pipe.sendPastMark(message)
    return true
  }

  #has(occasion: Occasion): boolean {
    return this.#waiting.some((notification) => notification.occasion === occasion)
  }
}
