import { Dealer } from "zmtp"
import { CLIENT, ClientCommand, head } from "./protocol.js"

/** Sends requests to services by name, one at a time. */
export class Client {
  endpoint
  #socket
  #retries
  #timeout

  constructor(endpoint, { timeout = 2500, retries = 3 } = {}) {
    this.endpoint = endpoint
    this.#timeout = timeout
    this.#retries = retries
    this.#socket = this.#connect()
  }

  /** Resolves to the final reply; `onPartial` is called with each partial one. */
  async request(service, body, onPartial) {
    for (let attempt = 0; ; attempt++) {
      await this.#socket.send([...head(CLIENT, ClientCommand.request), service, ...body])
      try {
        return await this.#receive(onPartial)
      } catch (error) {
        const late = error.code === "EAGAIN" && !this.#socket.closed
        if (!late || attempt >= this.#retries) throw error
        // Use a new socket, so that a late reply cannot be mistaken for the reply to the next request.
        this.close()
        this.#socket = this.#connect()
      }
    }
  }

  close() {
    this.#socket.close()
  }

  async #receive(onPartial) {
    for (;;) {
      const [, command, , ...body] = await this.#socket.receive()
      if (command?.[0] === ClientCommand.final) return body
      onPartial?.(body)
    }
  }

  #connect() {
    const socket = new Dealer({ receiveTimeout: this.#timeout, linger: 0 })
    socket.connect(this.endpoint)
    return socket
  }
}
