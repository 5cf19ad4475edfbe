import { Server } from "@nestjs/microservices"
import { Router } from "zmtp"

/**
 * Serves the message and event patterns of a NestJS application on a ROUTER socket. Messages are one frame of JSON: requests
 * `{ id, pattern, data }`, events without the id, replies `{ id, response, err, isDisposed }`.
 *
 * NestFactory.createMicroservice(AppModule, { strategy: new ZmtpServer("tcp://127.0.0.1:5555") })
 */
export class ZmtpServer extends Server {
  transportId = Symbol("zmtp")
  #endpoint
  #router
  #serving

  /** @param endpoint Where to bind. @param options Options of the socket, such as those of CURVE. */
  constructor(endpoint, options = {}) {
    super()
    this.#endpoint = endpoint
    this.#router = new Router({ linger: 5000, ...options })
  }

  async listen(callback) {
    try {
      await this.#router.bind(this.#endpoint)
    } catch (error) {
      callback(error)
      return
    }
    this.#serving = this.#serve()
    callback()
  }

  async close() {
    this.#router.close()
    await this.#serving
  }

  /** Events of the socket, such as "handshake" or "disconnect". */
  on(event, callback) {
    this.#router.events.on(event, callback)
  }

  unwrap() {
    return this.#router
  }

  async #serve() {
    for await (const [client, body] of this.#router) {
      // Handlers run at the same time; one that fails must not end the loop.
      this.#handle(client, body).catch((error) => this.handleError(error.message))
    }
  }

  async #handle(client, body) {
    let message
    try {
      message = JSON.parse(body)
    } catch {
      return this.handleError(`Message without JSON: ${body.subarray(0, 100)}`)
    }
    const pattern = typeof message.pattern === "string" ? message.pattern : this.getPatternAsString(message.pattern)
    const context = { client, pattern }
    if (message.id === undefined) return this.handleEvent(pattern, message, context)

    const respond = (packet) => this.#respond(client, { ...packet, id: message.id })
    const handler = this.getHandlerByPattern(pattern)
    if (handler === null) return respond({ err: `No handler for "${pattern}"`, isDisposed: true })
    const result = await handler(message.data, context)
    // Sends each value of an observable, and after the last one `isDisposed`.
    this.send(this.transformToObservable(result), respond)
  }

  async #respond(client, packet) {
    if (!this.#router.closed) await this.#router.send([client, JSON.stringify(packet)])
  }
}
