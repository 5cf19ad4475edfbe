/**
 * Majordomo: a broker of services by name (RFC 18, MDP/0.2). Workers offer services, and clients use them. Heartbeats
 * detect dead peers, the request of a worker that dies goes to the next one, and replies may have several parts.
 * Usage: node main.js
 */
import { Broker } from "./broker.js"
import { Client } from "./client.js"
import { Worker } from "./worker.js"

const count = function* ([limit]) {
  for (let number = 1; number < Number(limit); number++) yield [String(number)]
  return [String(limit)]
}

/** The first worker that receives this request crashes. */
let poison = "poison"

const workers = []
function offer(name, serve) {
  workers.push(new Worker(broker.endpoint, name, serve))
}

function offerEcho() {
  const index = workers.length
  offer("echo", function* ([text]) {
    if (text.toString() === poison) {
      poison = undefined
      console.log("a worker of echo dies")
      workers[index].crash()
    }
    return [`echo of ${text.toString()}`]
  })
}

const broker = new Broker()
await broker.start()
offerEcho()
offerEcho()
offer("count", count)

const client = new Client(broker.endpoint, { timeout: 10_000 })
for (const text of ["hello", "poison", "bye"]) {
  const [answer] = await client.request("echo", [text])
  console.log(answer.toString())
}

const parts = []
const [last] = await client.request("count", ["5"], ([part]) => parts.push(part.toString()))
console.log(`count: ${parts.join(", ")} and finally ${last.toString()}`)

for (const service of ["echo", "coffee"]) {
  const [status] = await client.request("mmi.service", [service])
  console.log(`mmi.service ${service}: ${status.toString()}`)
}

client.close()
for (const worker of workers) worker.crash()
broker.stop()
