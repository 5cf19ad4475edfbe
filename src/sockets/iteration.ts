import type { Operations } from "./operations.js"
import { operationsOf, type Socket } from "./socket.js"

/**
 * One loop over the messages of a socket. It references the socket, because the application may no longer do so.
 * Leaving the loop cancels its pending receives, so that other receivers get later messages. The socket stays open.
 */
export class Iteration<T> implements AsyncIterator<T, undefined> {
  readonly #socket: Socket
  readonly #operations: Operations
  readonly #take: (operations: Operations, owner: object) => Promise<IteratorResult<T, undefined>>
  #left = false

  /** @param take Receives on behalf of `owner`. */
  constructor(socket: Socket, take: (operations: Operations, owner: object) => Promise<IteratorResult<T, undefined>>) {
    this.#socket = socket
    this.#operations = operationsOf(socket)
    this.#take = take
  }

  /** An own property, as in zeromq.js. */
  readonly next = (): Promise<IteratorResult<T, undefined>> => {
    return this.#left ? this.#operations.leave(this) : this.#take(this.#operations, this)
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    this.#left = true
    return operationsOf(this.#socket).leave(this)
  }
}
