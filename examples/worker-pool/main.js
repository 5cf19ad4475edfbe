/**
 * A pool of worker threads behind a DEALER: idle workers get the next task, and results arrive in any order.
 * Measures how the pool scales. Usage: node main.js [tasks]
 */
import { availableParallelism } from "node:os"
import { Worker } from "node:worker_threads"
import { Dealer } from "zmtp"

const ENDPOINT = "inproc://pool"

/** The limit up to which each task counts primes. */
const LIMIT = 200_000

/** Runs `count` tasks in `size` threads. Returns the sum of the results and the elapsed time, in ms. */
async function work(size, count) {
  // With a low high-water mark, tasks wait here for an idle worker, not in the queue of a busy one.
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
