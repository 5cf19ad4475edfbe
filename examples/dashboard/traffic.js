import { Publisher, Pull, Push, Subscriber } from "zmtp"

/** Interval between bursts of work, in ms. */
const INTERVAL = 25

/** Period of the load, in ms. */
const PERIOD = 20_000

/** Maximum number of tasks in a burst. */
const PEAK = 60

/** A demonstration system: tasks for three workers, their results, and published progress, with varying load. */
export class Traffic {
  sockets
  #tasks = new Push({ linger: 0 })
  #results = new Pull()
  #news = new Publisher({ linger: 0 })
  #readers = [new Subscriber(), new Subscriber()]
  #workers = [0, 1, 2].map(() => ({ pull: new Pull(), push: new Push({ linger: 0 }) }))
  #clock
  #done = 0

  constructor() {
    this.sockets = new Map([
      ["ventilator", this.#tasks],
      ...this.#workers.map(({ pull }, index) => [`worker ${index + 1}`, pull]),
      ["sink", this.#results],
      ["news", this.#news],
      ...this.#readers.map((reader, index) => [`reader ${index + 1}`, reader]),
    ])
  }

  async start() {
    for (const socket of [this.#tasks, this.#results, this.#news]) await socket.bind("tcp://127.0.0.1:*")
    for (const { pull, push } of this.#workers) {
      pull.connect(this.#tasks.lastEndpoint)
      push.connect(this.#results.lastEndpoint)
      void this.#work(pull, push)
    }
    for (const [index, reader] of this.#readers.entries()) {
      reader.connect(this.#news.lastEndpoint)
      reader.subscribe(index === 0 ? "" : "milestone")
      void this.#read(reader)
    }
    void this.#gather()
    this.#clock = setInterval(() => this.#burst(), INTERVAL)
  }

  stop() {
    clearInterval(this.#clock)
    for (const { push } of this.#workers) push.close()
    for (const socket of this.sockets.values()) socket.close()
  }

  #burst() {
    const load = 0.55 + 0.45 * Math.sin((performance.now() / PERIOD) * 2 * Math.PI)
    const size = Math.round(PEAK * load * (0.7 + 0.3 * Math.random()))
    // Skip tasks for which there is no room.
    for (let task = 0; task < size; task++) this.#tasks.trySend(Buffer.alloc(64 + task * 4))
  }

  async #work(pull, push) {
    for await (const [task] of pull) await push.send(String(task.length))
  }

  async #gather() {
    for await (const [result] of this.#results) {
      const topic = ++this.#done % 20 === 0 ? "milestone" : "done"
      await this.#news.send([topic, result])
    }
  }

  async #read(reader) {
    const messages = reader[Symbol.asyncIterator]()
    while ((await messages.next()).done !== true);
  }
}
