import { Router, XPublisher } from "../../src/index.js"

const peers = Number(process.argv[2])
const ROUNDS = 5

function report(what: string, begin: number, count: number): void {
  const seconds = (performance.now() - begin) / 1000
  console.log(`${what}: ${count} in ${seconds.toFixed(2)} s, ${Math.round(count / seconds)}/s`)
}

function memory(): number {
  ;(globalThis as { gc?: () => void }).gc?.()
  return process.memoryUsage().rss / 1024 / 1024
}

const router = new Router({ backlog: 1024, sendHighWaterMark: 100 })
const publisher = new XPublisher({ backlog: 1024, sendHighWaterMark: 100 })
const lost: unknown[] = []
for (const socket of [router, publisher]) socket.events.on("disconnect", (event) => lost.push(event))
await router.bind("tcp://127.0.0.1:*")
await publisher.bind("tcp://127.0.0.1:*")
const idle = memory()
process.send!({ router: router.lastEndpoint!, publisher: publisher.lastEndpoint! })

// Start the clock when the first message of the other process arrives.
const ids: Buffer[] = [(await router.receive())[0]!]
let begin = performance.now()
while (ids.length < peers) ids.push((await router.receive())[0]!)
report("connections to one ROUTER, each with a first message", begin, peers)
begin = performance.now()
for (let round = 0; round < ROUNDS; round++) {
  for (const id of ids) await router.send([id, "ping"])
  for (let count = 0; count < peers; count++) await router.receive()
}
report("round trips, one with each peer at a time", begin, ROUNDS * peers)
console.log(`memory for each of them: ${((1024 * (memory() - idle)) / peers).toFixed(1)} KiB`)
const before = memory()
process.send!("subscribe")

begin = performance.now()
// The subscription to "all", which is reported once, and one topic per subscriber.
for (let count = 0; count < peers + 1; count++) await publisher.receive()
report("subscribers of one PUB", begin, peers)
console.log(`memory for each of them: ${((1024 * (memory() - before)) / peers).toFixed(1)} KiB`)
begin = performance.now()
for (let round = 0; round < ROUNDS; round++) {
  await publisher.send(`all ${round}`)
  // The other process answers through the ROUTER after all subscribers have received the message.
  await router.receive()
}
report("messages to all subscribers, received by all", begin, ROUNDS * peers)
if (lost.length > 0) console.error(`${lost.length} connections were lost meanwhile`)
process.exitCode = lost.length === 0 ? 0 : 1
router.linger = publisher.linger = 0
process.send!("done", () => {
  router.close()
  publisher.close()
  process.disconnect()
})
