// The thread: counts primes on request, and reports its progress.
import { Push, reply, Router } from "zmtp"

const progress = new Push()
progress.connect("inproc://progress")
const questions = new Router()
await questions.bind("inproc://counter")

/** Counts only once if requested twice. */
const counts = new Map()

await reply(questions, ([limit]) => {
  const key = limit.toString()
  if (!counts.has(key)) counts.set(key, countPrimes(Number(key)))
  return counts.get(key)
})

async function countPrimes(limit) {
  const composite = new Uint8Array(limit + 1)
  let count = 0
  for (let number = 2; number <= limit; number++) {
    if (number % (limit / 4) === 0) await progress.send(String((number / limit) * 100))
    if (composite[number] === 1) continue
    count++
    for (let multiple = number * number; multiple <= limit; multiple += number) composite[multiple] = 1
  }
  return String(count)
}
