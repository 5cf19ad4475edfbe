/**
 * Simple Pirate: Lazy Pirate clients and a queue that passes each request to the worker that has been idle longest.
 * Workers announce when they are ready. If a worker crashes, its request is lost, and the client retries it.
 * Usage: node main.js
 */
import { Request, Requester, Router } from "zmtp"

const READY = "READY"

/** Connects clients and workers until its sockets close. */
class Queue {
  front = new Router({ linger: 0 })
  back = new Router({ linger: 0 })
  /** Routing ids of idle workers, longest idle first. */
  #free = []
  #requests = []

  async start() {
    await this.front.bind("tcp://127.0.0.1:*")
    await this.back.bind("tcp://127.0.0.1:*")
    void this.#hearClients()
    void this.#hearWorkers()
  }

  stop() {
    this.front.close()
    this.back.close()
  }

  async #hearClients() {
    for await (const request of this.front) {
      this.#requests.push(request)
      await this.#match()
    }
  }

  async #hearWorkers() {
    for await (const [worker, , ...frames] of this.back) {
      this.#free.push(worker)
      if (frames.length > 1) await this.front.send(frames)
      await this.#match()
    }
  }

  async #match() {
    while (this.#free.length > 0 && this.#requests.length > 0) {
      await this.back.send([this.#free.shift(), "", ...this.#requests.shift()])
    }
  }
}

/** The first worker that receives this task crashes. */
let poison = "task 3"

async function work(name, socket) {
  await socket.send(READY)
  for await (const frames of socket) {
    const task = frames.pop().toString()
    if (task === poison) {
      poison = undefined
      console.log(`${name} dies of ${task}`)
      socket.close()
      return
    }
    // The remaining frames are the client's envelope, which is returned unchanged.
    await socket.send([...frames, `${task} is done`])
  }
}

const queue = new Queue()
await queue.start()
const workers = ["worker 1", "worker 2", "worker 3"].map((name) => {
  const socket = new Request({ linger: 0 })
  socket.connect(queue.back.lastEndpoint)
  return { socket, done: work(name, socket) }
})

const client = new Requester(queue.front.lastEndpoint, { timeout: 500, retries: 20 })
for (let task = 1; task <= 6; task++) {
  const [answer] = await client.request(`task ${task}`)
  console.log(answer.toString())
}

client.close()
queue.stop()
for (const { socket } of workers) socket.close()
await Promise.all(workers.map(({ done }) => done))
