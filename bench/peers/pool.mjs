// A pool of worker threads behind a DEALER, with `zmtp` (the built package) or `zeromq`: each request contains 64 KiB to hash.
import { createHash } from "node:crypto"
import { isMainThread, Worker, workerData } from "node:worker_threads"

const [library, size, count, workers] = isMainThread ? process.argv.slice(2) : workerData
const zmq = await import(library)
/** Number of requests in flight, so that no worker waits for one. */
const UNDER_WAY = 32

if (isMainThread) {
  const dealer = new zmq.Dealer()
  await dealer.bind("inproc://pool")
  for (let started = 0; started < Number(workers); started++) {
    new Worker(new URL(import.meta.url), { workerData: [library, size, count, workers] })
  }
  const body = Buffer.alloc(Number(size), 0x61)
  // Each worker announces itself, so that all of them receive requests from the beginning.
  for (let here = 0; here < Number(workers); here++) await dealer.receive()
  const total = Number(count)
  /** Number of requests before the measurement starts. */
  const warmUp = Math.ceil(total / 10)
  let start = 0
  for (let sent = 0; sent < UNDER_WAY; sent++) await dealer.send(["", body])
  for (let received = 0; received < warmUp + total; received++) {
    if (received === warmUp) start = performance.now()
    await dealer.receive()
    await dealer.send(["", body])
  }
  const rate = (total / (performance.now() - start)) * 1000
  process.send(rate, () => process.exit())
} else {
  const dealer = new zmq.Dealer()
  dealer.connect("inproc://pool")
  await dealer.send("here")
  for await (const [, body] of dealer) {
    await dealer.send(["", createHash("sha256").update(body).digest()])
  }
}
