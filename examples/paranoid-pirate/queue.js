import { Router } from "zmtp"
import { HEARTBEAT, INTERVAL, PATIENCE } from "./protocol.js"

/** Distributes requests to live, idle workers, starting with the one that has been idle longest. */
export class Queue {
  events
  #front = new Router()
  #back = new Router()
  #beat
  /** By routing id, longest idle first. */
  #workers = new Map()
  #requests = []
  clients = "tcp://127.0.0.1:*"
  workers = "tcp://127.0.0.1:*"

  constructor(events) {
    this.events = events
  }

  async start() {
    this.#front = new Router({ linger: 0 })
    this.#back = new Router({ linger: 0 })
    await this.#front.bind(this.clients)
    await this.#back.bind(this.workers)
    this.clients = this.#front.lastEndpoint
    this.workers = this.#back.lastEndpoint
    void this.#hearClients(this.#front)
    void this.#hearWorkers(this.#back)
    this.#beat = setInterval(() => void this.#tick(), INTERVAL)
  }

  stop() {
    clearInterval(this.#beat)
    this.#front.close()
    this.#back.close()
    this.#workers.clear()
  }

  /** Loses all state, as after a crash, and restarts at the same endpoint. */
  async restart() {
    this.stop()
    await this.start()
  }

  async #hearClients(front) {
    for await (const request of front) {
      this.#requests.push(request)
      await this.#match()
    }
  }

  async #hearWorkers(back) {
    for await (const [id, ...frames] of back) {
      const worker = this.#hear(id)
      // A heartbeat shows that a worker is alive, but not that it is idle; READY and replies show both.
      if (frames.length === 1 && frames[0].toString() === HEARTBEAT) continue
      if (frames.length > 1) await this.#front.send(frames)
      worker.free = true
      await this.#match()
    }
  }

  #hear(id) {
    const key = id.toString("hex")
    const worker = this.#workers.get(key) ?? { id, lastHeard: 0, free: false }
    worker.lastHeard = performance.now()
    // Move it to the end, because its message is the most recent.
    this.#workers.delete(key)
    this.#workers.set(key, worker)
    return worker
  }

  async #match() {
    for (const worker of this.#workers.values()) {
      if (!worker.free) continue
      const request = this.#requests.shift()
      if (request === undefined) return
      worker.free = false
      await this.#back.send([worker.id, ...request])
    }
  }

  async #tick() {
    const now = performance.now()
    for (const [key, worker] of this.#workers) {
      if (now - worker.lastHeard > PATIENCE) {
        this.#workers.delete(key)
        this.events.onLost(worker.id.toString())
      } else if (!this.#back.closed) await this.#back.send([worker.id, HEARTBEAT])
    }
  }
}
