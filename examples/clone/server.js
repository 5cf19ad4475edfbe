import { json, Publisher, Pull, reply, Router } from "zmtp"
import { apply, hashOf, SEQUENCE, snapshot, UPDATE, update } from "./protocol.js"

/** Interval between reports of the sequence number, in ms. */
const INTERVAL = 200

/** Owns the state: numbers and publishes changes, and sends snapshots on request. */
export class Server {
  #changes = new Pull()
  #updates = new Publisher({ linger: 0 })
  #snapshots = new Router({ linger: 0 })
  #state = new Map()
  #sequence = 0
  #beat

  get endpoints() {
    return {
      changes: this.#changes.lastEndpoint,
      updates: this.#updates.lastEndpoint,
      snapshots: this.#snapshots.lastEndpoint,
    }
  }

  get hash() {
    return hashOf(this.#state)
  }

  async start() {
    for (const socket of [this.#changes, this.#updates, this.#snapshots]) await socket.bind("tcp://127.0.0.1:*")
    void this.#take()
    void reply(this.#snapshots, () => snapshot.encode({ sequence: this.#sequence, entries: [...this.#state] }))
    this.#beat = setInterval(() => void this.#updates.with(json()).send([SEQUENCE, this.#sequence]), INTERVAL)
  }

  stop() {
    clearInterval(this.#beat)
    for (const socket of [this.#changes, this.#updates, this.#snapshots]) socket.close()
  }

  async #take() {
    for await (const change of this.#changes.with(json())) {
      apply(this.#state, change)
      await this.#updates.with(update).send([UPDATE, { ...change, sequence: ++this.#sequence }])
    }
  }
}
