import { EventEmitter, once } from "node:events"
import { Push, Requester, Subscriber } from "../../src/index.js"
import { apply, hashOf, SEQUENCE, snapshot, UPDATE, update } from "./protocol.js"
import type { Server } from "./server.js"

/** A copy of the server's state that follows it. Emits "update". */
export class Client extends EventEmitter {
  readonly #changes = new Push()
  readonly #updates = new Subscriber()
  readonly #snapshots: Requester
  #state = new Map<string, string>()
  #sequence = 0

  constructor({ changes, updates, snapshots }: Server["endpoints"]) {
    super()
    this.#changes.connect(changes)
    this.#updates.connect(updates)
    this.#updates.subscribe(UPDATE, SEQUENCE)
    this.#snapshots = new Requester(snapshots)
  }

  get hash(): string {
    return hashOf(this.#state)
  }

  get size(): number {
    return this.#state.size
  }

  /** Follows the server until it is stopped. Updates wait in the socket while a snapshot is on its way. */
  async run(): Promise<void> {
    for await (const [topic, body] of this.#updates) {
      if (topic!.toString() === SEQUENCE) {
        if (Number(body) > this.#sequence) await this.#catchUp()
        continue
      }
      const next = update.decode([body!])
      if (next.sequence <= this.#sequence) continue // was in the snapshot
      if (next.sequence > this.#sequence + 1) await this.#catchUp()
      else this.#come(next.sequence, () => apply(this.#state, next))
    }
  }

  stop(): void {
    this.#changes.close()
    this.#updates.close()
    this.#snapshots.close()
  }

  /** Asks the server for a change. The state has it when it comes back as an update. */
  async set(key: string, value: string | null): Promise<void> {
    await this.#changes.send(JSON.stringify({ key, value }))
  }

  /** Resolves when the copy is as new as update `sequence`. */
  async reach(sequence: number): Promise<void> {
    while (this.#sequence < sequence) await once(this, "update")
  }

  async #catchUp(): Promise<void> {
    const { sequence, entries } = snapshot.decode(await this.#snapshots.request("snapshot"))
    if (sequence > this.#sequence) this.#come(sequence, () => (this.#state = new Map(entries)))
  }

  #come(sequence: number, change: () => void): void {
    change()
    this.#sequence = sequence
    this.emit("update")
  }
}
