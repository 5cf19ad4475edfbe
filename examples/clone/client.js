import { EventEmitter, once } from "node:events"
import { Push, Requester, Subscriber } from "zmtp"
import { apply, hashOf, SEQUENCE, snapshot, UPDATE, update } from "./protocol.js"

/** A copy of the server's state that is kept up to date. Emits "update". */
export class Client extends EventEmitter {
  #changes = new Push()
  #updates = new Subscriber()
  #snapshots
  #state = new Map()
  #sequence = 0

  constructor({ changes, updates, snapshots }) {
    super()
    this.#changes.connect(changes)
    this.#updates.connect(updates)
    this.#updates.subscribe(UPDATE, SEQUENCE)
    this.#snapshots = new Requester(snapshots)
  }

  get hash() {
    return hashOf(this.#state)
  }

  get size() {
    return this.#state.size
  }

  /** Follows the server until it is stopped. While a snapshot is in flight, updates wait in the socket. */
  async run() {
    for await (const [topic, body] of this.#updates) {
      if (topic.toString() === SEQUENCE) {
        if (Number(body) > this.#sequence) await this.#catchUp()
        continue
      }
      const next = update.decode([body])
      if (next.sequence <= this.#sequence) continue // was in the snapshot
      if (next.sequence > this.#sequence + 1) await this.#catchUp()
      else this.#come(next.sequence, () => apply(this.#state, next))
    }
  }

  stop() {
    this.#changes.close()
    this.#updates.close()
    this.#snapshots.close()
  }

  /** Sends a change to the server. The state changes when the server publishes the change as an update. */
  async set(key, value) {
    await this.#changes.send(JSON.stringify({ key, value }))
  }

  /** Resolves when the copy is as new as update `sequence`. */
  async reach(sequence) {
    while (this.#sequence < sequence) await once(this, "update")
  }

  async #catchUp() {
    const { sequence, entries } = snapshot.decode(await this.#snapshots.request("snapshot"))
    if (sequence > this.#sequence) this.#come(sequence, () => (this.#state = new Map(entries)))
  }

  #come(sequence, change) {
    change()
    this.#sequence = sequence
    this.emit("update")
  }
}
