/**
 * Divide and conquer: a ventilator distributes tasks over PUSH, each worker receives them over PULL and sends its results,
 * and a sink collects them. `examples/main-job` is a larger version, in separate processes.
 * Usage: node main.js [tasks]
 */
import { json, Pull, Push } from "zmtp"

const WORKERS = 3

/** Numbers in one task. */
const STEP = 100

async function work(tasks, results) {
  for await (const { from, to } of tasks.with(json())) {
    let sum = 0
    for (let number = from; number < to; number++) sum += number
    await results.with(json()).send(sum)
  }
}

const count = Number(process.argv[2] ?? 100)
const ventilator = new Push()
await ventilator.bind("tcp://127.0.0.1:*")
const sink = new Pull()
await sink.bind("tcp://127.0.0.1:*")

const workers = Array.from({ length: WORKERS }, () => {
  const [tasks, results] = [new Pull(), new Push()]
  tasks.connect(ventilator.lastEndpoint)
  results.connect(sink.lastEndpoint)
  return { sockets: [tasks, results], done: work(tasks, results) }
})

const dealt = (async () => {
  for (let task = 0; task < count; task++) {
    await ventilator.with(json()).send({ from: task * STEP, to: (task + 1) * STEP })
  }
})()

let sum = 0
for (let task = 0; task < count; task++) sum += await sink.with(json()).receive()
console.log(`${count} tasks, ${WORKERS} workers: the numbers below ${count * STEP} add up to ${sum}`)

await dealt
for (const socket of [ventilator, sink, ...workers.flatMap(({ sockets }) => sockets)]) socket.close()
await Promise.all(workers.map(({ done }) => done))
