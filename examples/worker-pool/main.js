/**
 * A pool of worker threads behind a DEALER: whoever is free gets the next task, and results come back in any order.
 * Measures how the pool scales. Usage: node main.js [tasks]
 */
import { availableParallelism } from "node:os"
import { Worker } from "node:worker_threads"
import { Dealer } from "zmtp"

const ENDPOINT = "inproc://pool"

/** How far each task counts primes. */
const LIMIT = 200_000

/** Has `size` threads do `count` tasks; returns the sum of the results and the time taken, in ms. */
async function work(size, count) {
  // With a low mark tasks wait here, for whoever is free, and not with one thread while others have nothing to do.
  const dealer = new Dealer({ sendHighWaterMark: 1, linger: 0 })
  await dealer.bind(ENDPOINT)
  const workers = Array.from({ length: size }, () => new Worker(new URL("worker.js", import.meta.url)))
  try {
    for (let ready = 0; ready < size; ready++) await dealer.receive()
    const start = performance.now()
    const sent = (async () => {
      for (let task = 0; task < count; task++) await dealer.send([String(task), String(LIMIT)])
    })()
    let sum = 0
    for (let done = 0; done < count; done++) sum += Number((await dealer.receive())[1])
    await sent
    return { sum, time: performance.now() - start }
  } finally {
    dealer.close()
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}

const tasks = Number(process.argv[2] ?? 200)
const sizes = [...new Set([1, availableParallelism()])]
let alone = 0
for (const size of sizes) {
  const { sum, time } = await work(size, tasks)
  alone ||= time
  const gain = size > 1 ? `, ${(alone / time).toFixed(2)} times as fast as one` : ""
  console.log(`${size} thread${size > 1 ? "s" : ""}: ${tasks} tasks, sum ${sum}, ${time.toFixed(0)} ms${gain}`)
}
