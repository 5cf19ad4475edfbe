/**
 * Divide and conquer: a ventilator deals tasks out over PUSH, each worker takes them over PULL and passes its results
 * on, and a sink gathers them. `examples/main-job` is the same at full size, in processes of their own.
 * Usage: `npx tsx examples/ventilator/main.ts [tasks]`
 */
import { json, Pull, Push } from "../../src/index.js"

interface Task {
  readonly from: number
  readonly to: number
}

const WORKERS = 3

/** Numbers in one task. */
const STEP = 100

async function work(tasks: Pull, results: Push): Promise<void> {
  for await (const { from, to } of tasks.with(json<Task>())) {
    let sum = 0
    for (let number = from; number < to; number++) sum += number
    await results.with(json<number>()).send(sum)
  }
}

const count = Number(process.argv[2] ?? 100)
const ventilator = new Push()
await ventilator.bind("tcp://127.0.0.1:*")
const sink = new Pull()
await sink.bind("tcp://127.0.0.1:*")

const workers = Array.from({ length: WORKERS }, () => {
  const [tasks, results] = [new Pull(), new Push()]
  tasks.connect(ventilator.lastEndpoint!)
  results.connect(sink.lastEndpoint!)
  return { sockets: [tasks, results], done: work(tasks, results) }
})

const dealt = (async () => {
  for (let task = 0; task < count; task++) {
    await ventilator.with(json<Task>()).send({ from: task * STEP, to: (task + 1) * STEP })
  }
})()

let sum = 0
for (let task = 0; task < count; task++) sum += await sink.with(json<number>()).receive()
console.log(`${count} tasks, ${WORKERS} workers: the numbers below ${count * STEP} add up to ${sum}`)

await dealt
for (const socket of [ventilator, sink, ...workers.flatMap(({ sockets }) => sockets)]) socket.close()
await Promise.all(workers.map(({ done }) => done))
