import type { Operations } from "./operations.js"
import { operationsOf, type Socket } from "./socket.js"

/**
 * One loop over what a socket receives. It holds the socket: in a loop that has begun nobody else may. Leaving the loop
 * ends its waits, so that what comes later is for others; the socket stays open.
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

  /** A property of its own, as in zeromq.js. */
  readonly next = (): Promise<IteratorResult<T, undefined>> => {
    return this.#left ? this.#operations.leave(this) : this.#take(this.#operations, this)
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    this.#left = true
    return operationsOf(this.#socket).leave(this)
  }
}
