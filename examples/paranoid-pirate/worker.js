import { Dealer } from "zmtp"
import { HEARTBEAT, INTERVAL, PATIENCE, READY } from "./protocol.js"

/** Processes tasks of a queue, and reconnects when the queue sends nothing. */
export class Worker {
  name
  endpoint
  answer
  #socket
  #lastHeard = 0
  #hangs = false
  #beat = setInterval(() => void this.#tick(), INTERVAL)

  constructor(name, endpoint, answer) {
    this.name = name
    this.endpoint = endpoint
    this.answer = answer
    this.#socket = this.#connect()
  }

  stop() {
    clearInterval(this.#beat)
    this.#socket.close()
  }

  /** Keeps the connection open, but stops working. */
  hang() {
    this.#hangs = true
  }

  #connect() {
    this.#lastHeard = performance.now()
    // Send the hello on every connection, because a restarted queue has no workers.
    const socket = new Dealer({ routingId: this.name, helloMessage: READY, linger: 0 })
    socket.connect(this.endpoint)
    void this.#work(socket)
    return socket
  }

  async #work(socket) {
    for await (const frames of socket) {
      this.#lastHeard = performance.now()
      if (frames.length === 1) continue // a heartbeat
      const answer = this.answer(frames.pop().toString())
      if (this.#hangs) return
      await socket.send([...frames, answer])
    }
  }

  async #tick() {
    if (this.#hangs) return
    if (performance.now() - this.#lastHeard < PATIENCE) {
      await this.#socket.send(HEARTBEAT)
      return
    }
    this.#socket.close()
    this.#socket = this.#connect()
  }
}
