// A bare loop instead of `thread.mjs`: a worker copies each message once, to separate memory, and transfers several messages at
// once to the main thread. Arguments: messages per post, message size in bytes, number of messages.
import { isMainThread, MessageChannel, receiveMessageOnPort, Worker, workerData } from "node:worker_threads"

/** Maximum number of messages in flight, and number of messages between two turns of the event loop. */
const MARK = 1000

/** Words of the shared memory: number of posted and of received messages, in separate cache lines. */
const [POSTED, TAKEN] = [0, 64]

const [batch, size, count] = isMainThread ? process.argv.slice(2).map(Number) : workerData.parameters
const warmUp = Math.ceil(count / 10)
const total = warmUp + count

if (isMainThread) {
  const { port1, port2 } = new MessageChannel()
  const words = new Int32Array(new SharedArrayBuffer(512))
  new Worker(new URL(import.meta.url), {
    workerData: { parameters: [batch, size, count], port: port2, words },
    transferList: [port2],
  })
  let received = 0
  let start = 0
  let list = []
  const take = () => {
    for (let taken = 0; taken < MARK && Atomics.load(words, POSTED) > received; taken++) {
      if (list.length === 0) list = receiveMessageOnPort(port1).message
      Buffer.from(list.shift())
      if (++received === warmUp) start = performance.now()
      Atomics.store(words, TAKEN, received)
    }
    if (received < total) setImmediate(take)
    else process.send((count / (performance.now() - start)) * 1000, () => process.exit())
  }
  take()
} else {
  const { port, words } = workerData
  const body = Buffer.alloc(size, 0x61)
  let pending = []
  for (let sent = 1; sent <= total; sent++) {
    while (sent - Atomics.load(words, TAKEN) > MARK) await new Promise((resolve) => setImmediate(resolve))
    const copy = Buffer.allocUnsafeSlow(size)
    copy.set(body)
    pending.push(copy.buffer)
    if (pending.length < batch && sent < total) continue
    port.postMessage(pending, pending)
    Atomics.store(words, POSTED, sent)
    pending = []
    await undefined
  }
}
