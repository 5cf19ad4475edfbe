/**
 * Last-value cache: a proxy between publishers and subscribers that keeps the newest value of each topic, so that
 * late subscribers do not have to wait for the next one. The XPUB reports every subscription. (Existing subscribers
 * receive the value again; it is still the newest one.)
 * Usage: node main.js
 */
import { EventEmitter, once } from "node:events"
import { Publisher, Subscriber, XPublisher, XSubscriber } from "zmtp"

class LastValueCache {
  front = new XSubscriber({ linger: 0 })
  back = new XPublisher({ verbosity: "allSubs", linger: 0 })
  /** Emits a topic when a value for it has arrived. */
  news = new EventEmitter()
  #values = new Map()

  async start() {
    await this.front.bind("tcp://127.0.0.1:*")
    await this.back.bind("tcp://127.0.0.1:*")
    await this.front.send(Buffer.of(1)) // subscribe to everything, because any topic may be requested later
    void this.#take()
    void this.#serve()
  }

  stop() {
    this.front.close()
    this.back.close()
  }

  async #take() {
    for await (const value of this.front) {
      const topic = value[0].toString()
      this.#values.set(topic, value)
      await this.back.send(value)
      this.news.emit(topic)
    }
  }

  async #serve() {
    for await (const [frame] of this.back) {
      const subscribes = frame[0] === 1
      const value = this.#values.get(frame.toString("utf8", 1))
      if (subscribes && value !== undefined) await this.back.send(value)
    }
  }
}

/** The first message that a new subscriber to `topic` receives. */
async function ask(topic) {
  const subscriber = new Subscriber()
  subscriber.connect(cache.back.lastEndpoint)
  subscriber.subscribe(topic)
  const [, value] = await subscriber.receive()
  subscriber.close()
  return value.toString()
}

const cache = new LastValueCache()
await cache.start()
const publisher = new Publisher()
publisher.connect(cache.front.lastEndpoint)
await publisher.peersReady(1, { topic: "fx." })

const last = once(cache.news, "fx.jpy")
for (const rate of ["1.08", "1.09", "1.10"]) await publisher.send(["fx.usd", rate])
await publisher.send(["fx.jpy", "161"])
await last
console.log("Nothing more is published.")
console.log(`fx.usd, heard late: ${await ask("fx.usd")}`)
console.log(`fx.jpy, heard late: ${await ask("fx.jpy")}`)

publisher.close()
cache.stop()
