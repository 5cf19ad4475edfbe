import { Requester } from "zmtp"

/** Maximum time for a server to answer, in ms. */
const TIMEOUT = 300

/** Uses one server as long as it answers, and switches to the other one when it does not. */
export class Client {
  #servers
  #current = 0

  constructor(endpoints) {
    this.#servers = endpoints.map((endpoint) => new Requester(endpoint, { timeout: TIMEOUT, retries: 0 }))
  }

  async request(question, attempts = 100) {
    for (let attempt = 1; ; attempt++) {
      try {
        const [answer] = await this.#servers[this.#current].request(question)
        return answer.toString()
      } catch (error) {
        if (attempt >= attempts) throw error
        this.#current = (this.#current + 1) % this.#servers.length
      }
    }
  }

  close() {
    for (const server of this.#servers) server.close()
  }
}
