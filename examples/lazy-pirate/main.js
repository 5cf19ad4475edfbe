/**
 * Lazy Pirate: reliability that is the client's alone. A request that gets no reply in time is asked again, over a
 * connection that comes back by itself, and given up in the end. `Requester` is that client.
 * Usage: node main.js
 */
import { reply, Requester, Router } from "zmtp"

/** A server that loses the first request to lose and dies of the first one to die of. */
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
