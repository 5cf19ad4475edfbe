import type { Pipe } from "./pipe.js"

/** Records where a request was sent. */
export interface RequestTracker {
  /**
   * The pipe that the request is sent to. It is set before that pipe gets the message, because over inproc the reply
   * can arrive before `send` returns. If no pipe accepts the message, it is the last one tried.
   */
  sentTo: Pipe | undefined
}
