/**
 * Lazy Pirate: reliability implemented only by the client. A request without a reply in time is retried, over a connection
 * that is reestablished automatically, and fails after the last retry. `Requester` is such a client.
 * Usage: node main.js
 */
import { reply, Requester, Router } from "zmtp"

/** A server that drops the first request of one kind, and crashes on the first request of another. */
class FrailServer {
  #router = new Router({ linger: 0 })
  #lost = false
  #died = false

  async start(endpoint = "tcp://127.0.0.1:*") {
    this.#router = new Router({ linger: 0 })
    await this.#router.bind(endpoint)
    const bound = this.#router.lastEndpoint
    void reply(this.#router, ([question]) => this.#answer(question.toString(), bound))
    return bound
  }

  stop() {
    this.#router.close()
  }

  async #answer(question, endpoint) {
    if (question === "lose me" && !this.#lost) {
      this.#lost = true
      console.log("server: loses a request")
      return undefined
    }
    if (question === "kill me" && !this.#died) {
      this.#died = true
      console.log("server: dies, and starts again")
      this.stop()
      await this.start(endpoint)
      return undefined
    }
    return `answer to "${question}"`
  }
}

const server = new FrailServer()
const client = new Requester(await server.start(), { timeout: 500, retries: 20 })

for (const question of ["hello", "lose me", "kill me", "bye"]) {
  const [answer] = await client.request(question)
  console.log(`client: ${answer.toString()}`)
}

server.stop()
try {
  await client.request("anybody there?", { timeout: 100, retries: 2 })
} catch (error) {
  console.log(`client: ${error.message}`)
}
client.close()
