import { EventEmitter } from "node:events"
import { Publisher, reply, Router, Subscriber } from "zmtp"

/** Interval between reports of this server's state to the other server, in ms. */
const INTERVAL = 100

/** Time without a report after which the other server is considered dead, in ms. */
const PATIENCE = 15 * INTERVAL

/** The next state of a server, by its own state and the other server's state. */
const TRANSITIONS = {
  primary: { backup: "active", active: "passive" },
  backup: { active: "passive" },
  active: {},
  // The other server has restarted.
  passive: { primary: "active", backup: "active" },
}

/**
 * One of two servers, only one of which answers. The other takes over if it receives no reports from the first one, and
 * clients send it requests. (One condition is not enough: the network between the servers may be down.) Emits each state
 * that it enters.
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
