/**
 * Paranoid Pirate: a queue and its workers that watch each other. Both send heartbeats; the queue removes a worker that
 * sends nothing, even if it is still connected, and a worker that receives nothing opens a new connection.
 * Usage: node main.js
 */
import { Requester } from "zmtp"
import { Queue } from "./queue.js"
import { Worker } from "./worker.js"

/** The first worker that receives this task hangs: its TCP connection stays open, but it does not reply. */
let poison = "task 3"

const queue = new Queue({ onLost: (worker) => console.log(`queue: gives ${worker} up`) })
await queue.start()

const workers = ["worker 1", "worker 2", "worker 3"].map((name) => {
  const worker = new Worker(name, queue.workers, (task) => {
    if (task === poison) {
      poison = undefined
      console.log(`${name}: hangs`)
      worker.hang()
    }
    return `${task} is done`
  })
  return worker
})

const client = new Requester(queue.clients, { timeout: 2000, retries: 10 })
for (let task = 1; task <= 6; task++) {
  const [answer] = await client.request(`task ${task}`)
  console.log(`client: ${answer.toString()}`)
}

console.log("queue: starts again")
await queue.restart()
const [answer] = await client.request("task 7", { retries: 30 })
console.log(`client: ${answer.toString()}`)

client.close()
queue.stop()
for (const worker of workers) worker.stop()
