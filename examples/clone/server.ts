import { json, Publisher, Pull, reply, Router } from "../../src/index.js"
import { apply, hashOf, SEQUENCE, snapshot, UPDATE, update, type Update } from "./protocol.js"

/** Between two reports of the sequence number, in ms. */
const INTERVAL = 200

/** Holds the state: takes changes, gives each a number, publishes it, and has a snapshot for whoever asks. */
export class Server {
  readonly #changes = new Pull()
  readonly #updates = new Publisher({ linger: 0 })
  readonly #snapshots = new Router({ linger: 0 })
  readonly #state = new Map<string, string>()
  #sequence = 0
  #beat: NodeJS.Timeout | undefined

  get endpoints(): { readonly changes: string; readonly updates: string; readonly snapshots: string } {
    return {
      changes: this.#changes.lastEndpoint!,
      updates: this.#updates.lastEndpoint!,
      snapshots: this.#snapshots.lastEndpoint!,
    }
  }

  get hash(): string {
    return hashOf(this.#state)
  }

  async start(): Promise<void> {
    for (const socket of [this.#changes, this.#updates, this.#snapshots]) await socket.bind("tcp://127.0.0.1:*")
    void this.#take()
    void reply(this.#snapshots, () => snapshot.encode({ sequence: this.#sequence, entries: [...this.#state] }))
    this.#beat = setInterval(() => void this.#updates.with(json<number>()).send([SEQUENCE, this.#sequence]), INTERVAL)
  }

  stop(): void {
    clearInterval(this.#beat)
    for (const socket of [this.#changes, this.#updates, this.#snapshots]) socket.close()
  }

  async #take(): Promise<void> {
    for await (const change of this.#changes.with(json<Omit<Update, "sequence">>())) {
      apply(this.#state, change)
      await this.#updates.with(update).send([UPDATE, { ...change, sequence: ++this.#sequence }])
    }
  }
}
