/** Collects the results, publishes their number, and replies with the totals once all have arrived. */
import { Publisher, Pull, Reply } from "zmtp"

/** Number of results between progress reports. */
const STEP = 20

const results = new Pull()
const progress = new Publisher()
const questions = new Reply()
process.once("disconnect", () => {
  for (const socket of [results, progress, questions]) socket.close()
})

const words = {}
const workers = new Map()
let done = 0
let started = 0
/** Number of expected results, known once the totals are requested. */
let expected = Infinity

async function gather() {
  for await (const [worker, path, count] of results) {
    const name = worker.toString()
    const totals = workers.get(name)
    if (totals === undefined) {
      // The first message only announces the worker.
      workers.set(name, { messages: 0, words: 0, last: 0 })
      await progress.send(["ready", name])
      continue
    }
    const found = Number(count)
    const file = path.toString()
    words[file] = (words[file] ?? 0) + found
    totals.messages++
    totals.words += found
    totals.last = performance.now()
    started ||= totals.last
    if (++done % STEP === 0) await progress.send(["done", done])
    await answer()
  }
}

async function answer() {
  if (done < expected) return
  expected = Infinity
  const totals = {
    words,
    workers: [...workers].map(([name, { messages, words, last }]) => {
      return { name, messages, words, duration: Math.max(last - started, 0) }
    }),
  }
  await questions.send(JSON.stringify(totals))
}

async function listen() {
  for await (const [count] of questions) {
    expected = Number(count)
    await answer()
  }
}

for (const socket of [results, progress, questions]) await socket.bind("tcp://127.0.0.1:*")
const endpoints = {
  results: results.lastEndpoint,
  progress: progress.lastEndpoint,
  totals: questions.lastEndpoint,
}
process.send?.(endpoints)
// Subscribers to the progress must not miss a worker. When the main program ends, this socket closes.
await progress.peersReady(1, { topic: "ready" }).catch(() => undefined)
await Promise.all([gather(), listen()])
