/**
 * Freelance: servers without a broker, and clients that know all of them. One client asks the servers in turn until one
 * answers, the other asks all at once and takes the first answer.
 * Usage: node main.js
 */
import { Dealer, reply, Requester, Router } from "zmtp"

/** One by one: an attempt goes to the next server that is connected. */
async function askInTurn(endpoints, question) {
  const requester = new Requester(endpoints, { timeout: 300, retries: 30 })
  const [answer] = await requester.request(question)
  requester.close()
  return answer.toString()
}

/** At once: a DEALER deals one copy to each. Answers have the number of their question; the later ones are nobody's. */
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
