// Both sides of a measurement between threads, with `zmtp` (the built package) or `zeromq`: a worker pushes, and the main thread pulls.
import { isMainThread, Worker, workerData } from "node:worker_threads"

const [library, size, count] = isMainThread ? process.argv.slice(2) : workerData
const zmq = await import(library)
const messages = Number(count)
/** Number of messages before the measurement starts. */
const warmUp = Math.ceil(messages / 10)

if (isMainThread) {
  const pull = new zmq.Pull()
  await pull.bind("inproc://bench")
  new Worker(new URL(import.meta.url), { workerData: [library, size, count] })
  let received = 0
  let start = 0
  for await (const {} of pull) {
    if (++received === warmUp) start = performance.now()
    if (received === warmUp + messages) break
  }
  const rate = (messages / (performance.now() - start)) * 1000
  process.send(rate, () => process.exit())
} else {
  const push = new zmq.Push()
  push.connect("inproc://bench")
  const body = Buffer.alloc(Number(size), 0x61)
  for (let sent = 0; sent < warmUp + messages; sent++) await push.send(body)
}
