import { parentPort, workerData } from "node:worker_threads"
import { Router, reply } from "zmtp"

const router = new Router()
await router.bind(workerData)
parentPort.postMessage("ready")

// One request at a time: the work keeps the thread busy anyway.
await reply(router, ([request]) => JSON.stringify(countPrimes(JSON.parse(request))), { concurrency: 1 })

function countPrimes(limit) {
  const composite = new Uint8Array(limit + 1)
  let count = 0
  for (let number = 2; number <= limit; number++) {
    if (composite[number]) continue
    count++
    for (let multiple = number * number; multiple <= limit; multiple += number) composite[multiple] = 1
  }
  return count
}
