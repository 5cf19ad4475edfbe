// One thread of the pool: announces that it is ready, then answers every task with the number of primes up to a limit.
import { Dealer } from "zmtp"

const dealer = new Dealer({ receiveHighWaterMark: 1 })
dealer.connect("inproc://pool")
await dealer.send(["ready", ""])
for await (const [task, limit] of dealer) await dealer.send([task, String(countPrimes(Number(limit)))])

function countPrimes(limit) {
  const composite = new Uint8Array(limit + 1)
  let count = 0
  for (let number = 2; number <= limit; number++) {
    if (composite[number] === 1) continue
    count++
    for (let multiple = number * number; multiple <= limit; multiple += number) composite[multiple] = 1
  }
  return count
}
