import { Publisher, reply, Router } from "zmtp"
import { msgpack } from "zmtp/msgpack"
import { readNumber, writeNumber } from "./events.js"

export const TOPIC = "kv-events"

/** Number of batches that are kept for replays. */
const KEPT = 10_000

/** Simulates an inference engine: publishes events as vLLM does. */
export class Engine {
  #publisher = new Publisher({ linger: 0 })
  #replays = new Router({ linger: 0 })
  #kept = []
  #sequence = 0

  get endpoints() {
    return { events: this.#publisher.lastEndpoint, replay: this.#replays.lastEndpoint }
  }

  async start() {
    await this.#publisher.bind("tcp://127.0.0.1:*")
    await this.#replays.bind("tcp://127.0.0.1:*")
    void reply(this.#replays, ([from], { peer }) => this.#replay(peer, readNumber(from)))
  }

  stop() {
    this.#publisher.close()
    this.#replays.close()
  }

  /** Resolves when there is a subscriber. */
  subscribed() {
    return this.#publisher.peersReady(1, { topic: TOPIC })
  }

  /** A batch that is `lost` is kept for replays but not published. */
  async publish(events, lost = false) {
    const sequence = this.#sequence++
    const payload = msgpack().encode([Date.now() / 1000, events])
    this.#kept.push({ sequence, payload })
    if (this.#kept.length > KEPT) this.#kept.shift()
    if (!lost) await this.#publisher.send([TOPIC, writeNumber(sequence), payload])
  }

  /** Sends many replies to one request; the last one is empty. */
  async #replay(peer, from) {
    for (const { sequence, payload } of this.#kept) {
      if (sequence >= from) await this.#replays.send([peer, "", writeNumber(sequence), payload])
    }
    return [writeNumber(-1), ""]
  }
}
