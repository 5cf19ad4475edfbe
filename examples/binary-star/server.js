import { EventEmitter } from "node:events"
import { Publisher, reply, Router, Subscriber } from "zmtp"

/** Between two reports of the own state to the other server, in ms. */
const INTERVAL = 100

/** Silence after which the other server counts as dead, in ms. */
const PATIENCE = 15 * INTERVAL

/** What becomes of a server of one state when it hears of the other's. */
const TRANSITIONS = {
  primary: { backup: "active", active: "passive" },
  backup: { active: "passive" },
  active: {},
  // The other one has started again.
  passive: { primary: "active", backup: "active" },
}

/**
 * One of two servers, of which one answers. The other takes over when two things come together: it hears nothing from its
 * fellow, and clients ask it. (One alone would be no reason: the network between the two may be down.)
 * Emits each state that it comes to.
 */
export class Server extends EventEmitter {
  role
  #router = new Router()
  #publisher = new Publisher()
  #subscriber = new Subscriber()
  #beat
  #lastHeard = 0
  #state
  clients = "tcp://127.0.0.1:*"
  states = "tcp://127.0.0.1:*"

  constructor(role) {
    super()
    this.role = role
    this.#state = role
  }

  async start() {
    this.#router = new Router({ linger: 0 })
    this.#publisher = new Publisher({ linger: 0 })
    this.#subscriber = new Subscriber()
    this.#subscriber.subscribe()
    this.#state = this.role
    await this.#router.bind(this.clients)
    await this.#publisher.bind(this.states)
    this.clients = this.#router.lastEndpoint
    this.states = this.#publisher.lastEndpoint
  }

  join(fellow) {
    this.#subscriber.connect(fellow.states)
    this.#lastHeard = performance.now()
    void this.#listen()
    void reply(this.#router, ([question]) => this.#answer(question.toString()))
    this.#beat = setInterval(() => void this.#publisher.send(this.#state), INTERVAL)
  }

  crash() {
    clearInterval(this.#beat)
    for (const socket of [this.#router, this.#publisher, this.#subscriber]) socket.close()
  }

  #answer(question) {
    const alone = performance.now() - this.#lastHeard > PATIENCE
    if (alone && (this.#state === "passive" || this.#state === "primary")) this.#enter("active")
    return this.#state === "active" ? `${question}, says the ${this.role}` : undefined
  }

  async #listen() {
    for await (const [frame] of this.#subscriber) {
      this.#lastHeard = performance.now()
      const theirs = frame.toString()
      if (this.#state === "active" && theirs === "active") throw new Error("Two servers are active")
      const next = TRANSITIONS[this.#state][theirs]
      if (next !== undefined) this.#enter(next)
    }
  }

  #enter(state) {
    this.#state = state
    this.emit(state)
  }
}
