/**
 * Freelance: servers without a broker, and clients that know all of them. One client tries the servers in turn until one
 * answers; the other sends its request to all of them and uses the first answer.
 * Usage: node main.js
 */
import { Dealer, reply, Requester, Router } from "zmtp"

/** In turn: each attempt goes to the next connected server. */
async function askInTurn(endpoints, question) {
  const requester = new Requester(endpoints, { timeout: 300, retries: 30 })
  const [answer] = await requester.request(question)
  requester.close()
  return answer.toString()
}

/** In parallel: a DEALER sends one copy to each server. Answers contain the number of their request; later ones are ignored. */
class Shotgun {
  endpoints
  #dealer = new Dealer({ linger: 0 })
  #number = 0

  constructor(endpoints) {
    this.endpoints = endpoints
    for (const endpoint of endpoints) this.#dealer.connect(endpoint)
  }

  async ask(question) {
    const number = String(++this.#number)
    for (let copy = 0; copy < this.endpoints.length; copy++) await this.#dealer.send([number, "", question])
    for await (const [answered, , answer] of this.#dealer) {
      if (answered.toString() === number) return answer.toString()
    }
    throw new Error("Closed before there was an answer")
  }

  close() {
    this.#dealer.close()
  }
}

const servers = await Promise.all(
  ["deaf", "alive", "dead"].map(async (name) => {
    const router = new Router({ linger: 0 })
    await router.bind("tcp://127.0.0.1:*")
    void reply(router, ([question]) => (name === "deaf" ? undefined : `${question.toString()}: ${name} is`))
    return { name, router, endpoint: router.lastEndpoint }
  }),
)
servers.find(({ name }) => name === "dead").router.close()
const endpoints = servers.map(({ endpoint }) => endpoint)

console.log(await askInTurn(endpoints, "in turn, who is there?"))

const shotgun = new Shotgun(endpoints)
for (const question of ["at once, who is there?", "and now?"]) console.log(await shotgun.ask(question))
shotgun.close()
for (const { router } of servers) router.close()
