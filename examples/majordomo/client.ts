import { Dealer, type Message, type MessageLike, type ZmqError } from "../../src/index.js"
import { CLIENT, ClientCommand, head } from "./protocol.js"

export interface ClientOptions {
  /** How long to wait for the next part of a reply, in ms. Default 2,500. */
  readonly timeout?: number
  /** How often to ask again. Default 3. */
  readonly retries?: number
}

/** Asks for services by name, one request at a time. */
export class Client {
  #socket: Dealer
  readonly #retries: number
  readonly #timeout: number

  constructor(
    private readonly endpoint: string,
    { timeout = 2500, retries = 3 }: ClientOptions = {},
  ) {
    this.#timeout = timeout
    this.#retries = retries
    this.#socket = this.#connect()
  }

  /** The final reply; `onPartial` is told what comes before. */
  async request(service: string, body: MessageLike[], onPartial?: (body: Message[]) => void): Promise<Message[]> {
    for (let attempt = 0; ; attempt++) {
      await this.#socket.send([...head(CLIENT, ClientCommand.request), service, ...body])
      try {
        return await this.#receive(onPartial)
      } catch (error) {
        const late = (error as ZmqError).code === "EAGAIN" && !this.#socket.closed
        if (!late || attempt >= this.#retries) throw error
        // On a new socket no late reply can be taken for that to the next request.
        this.close()
        this.#socket = this.#connect()
      }
    }
  }

  close(): void {
    this.#socket.close()
  }

  async #receive(onPartial?: (body: Message[]) => void): Promise<Message[]> {
    for (;;) {
      const [, command, , ...body] = await this.#socket.receive()
      if (command?.[0] === ClientCommand.final) return body
      onPartial?.(body)
    }
  }

  #connect(): Dealer {
    const socket = new Dealer({ receiveTimeout: this.#timeout, linger: 0 })
    socket.connect(this.endpoint)
    return socket
  }
}
