// One process of a measurement, with the minimum of JavaScript that has the same result for the user: a promise for each send,
// and a promise, an array, and a Buffer for each message. It has no bounded queue, no pattern, no handling of disconnects, and only
// short frames. No library in JavaScript can be faster. Arguments and output are those of `zmq.mjs`.
import { createServer } from "node:net"
import { dial, listen } from "./bare-sockets.mjs"
import { meter } from "./meter.mjs"

const [role, endpoint, ...numbers] = process.argv.slice(2)
const [size, , warmUp, duration] = numbers.map(Number)
const Meter = meter(size, warmUp, duration)
const body = Buffer.alloc(size, 0x61)
const HEADER = size < 256 ? 2 : 9
const FRAME = HEADER + size
const FrameArray = Buffer[Symbol.species]
/** Maximum size of a read or write, in bytes. */
const CHUNK = 64 * 1024
/** Number of messages between two turns of the event loop. */
const TURN = 1024
const BATCH = 500
const SETTLED = Promise.resolve()

const roles = {
  async pull() {
    const counted = new Meter()
    for await (const {} of { [Symbol.asyncIterator]: () => ({ next: received() }) }) if (counted.count(1)) break
  },

  async push() {
    const send = sender()
    for (;;) await send(body)
  },

  async pullBatches() {
    const counted = new Meter()
    const next = received((queue, taken) => [queue.slice(taken, taken + TURN), Math.min(queue.length, taken + TURN)])
    for await (const batch of { [Symbol.asyncIterator]: () => ({ next }) }) if (counted.count(batch.length)) break
  },

  async pushBatches() {
    const send = sender()
    const batch = Array.from({ length: BATCH }, () => body)
    for (;;) {
      let sent
      for (const message of batch) sent = send(message)
      await sent
    }
  },

  /** A queue of copies in an array. The faster side waits for the next turn of the event loop. */
  async inproc() {
    const counted = new Meter()
    let slab = Buffer.allocUnsafeSlow(CHUNK)
    let end = 0
    let queue = []
    let taken = 0
    let waiting
    let over = false
    const send = (message) => {
      if (size > 128) queue.push([message])
      else {
        if (end + size > CHUNK) {
          slab = Buffer.allocUnsafeSlow(CHUNK)
          end = 0
        }
        slab.set(message, end)
        queue.push([new FrameArray(slab.buffer, end, size)])
        end += size
      }
      if (waiting !== undefined) {
        waiting({ value: queue[taken++], done: false })
        waiting = undefined
      }
      return queue.length < TURN ? SETTLED : new Promise((resolve) => setImmediate(resolve))
    }
    const next = () => {
      if (taken < queue.length) return Promise.resolve({ value: queue[taken++], done: false })
      queue = []
      taken = 0
      return new Promise((resolve) => (waiting = resolve))
    }
    const sending = (async () => {
      while (!over) await send(body)
    })()
    for await (const {} of { [Symbol.asyncIterator]: () => ({ next }) }) if (counted.count(1)) break
    over = true
    await sending
  },
}

/** The `next` of an iterator over received messages. Nothing is read while messages are queued. */
function received(gather = (queue, taken) => [queue[taken], taken + 1]) {
  let memory = Buffer.allocUnsafeSlow(CHUNK)
  let filled = 0
  let at = 0
  let queue = []
  let taken = 0
  let waiting
  let socket
  const next = () => {
    const [value, end] = gather(queue, taken)
    taken = end
    return { value, done: false }
  }
  const read = (length) => {
    filled += length
    for (; at + FRAME <= filled; at += FRAME) queue.push([new FrameArray(memory.buffer, at + HEADER, size)])
    if (queue.length === 0) return true
    waiting?.(next())
    waiting = undefined
    return false
  }
  // An incomplete frame is prepended to the next chunk.
  const room = () => {
    const rest = memory.subarray(at, filled)
    memory = Buffer.allocUnsafeSlow(CHUNK)
    memory.set(rest)
    filled = rest.length
    at = 0
    return memory.subarray(filled)
  }
  const server = createServer({ noDelay: true }, (accepted) => {
    server.close()
    // The option exists only for sockets that a program creates. For those of a server, set the internal property.
    const slots = new Map(Object.getOwnPropertySymbols(accepted).map((symbol) => [symbol.description, symbol]))
    Object.assign(accepted, {
      [slots.get("kBuffer")]: memory,
      [slots.get("kBufferCb")]: read,
      [slots.get("kBufferGen")]: room,
    })
    accepted._handle.useUserBuffer(memory)
    socket = accepted
    socket.resume()
  })
  listen(server, endpoint)
  return () => {
    if (taken < queue.length) return Promise.resolve(next())
    queue = []
    taken = 0
    return new Promise((resolve) => {
      waiting = resolve
      socket?.resume()
    })
  }
}

/** Sends each message as a frame. Writes collected frames when they are large enough, or when there are no more messages. */
function sender() {
  const socket = dial(endpoint)
  let slab = Buffer.allocUnsafeSlow(CHUNK)
  let end = 0
  let booked = false
  let draining
  const flush = () => {
    booked = false
    if (end === 0) return
    socket.write(slab.subarray(0, end))
    slab = Buffer.allocUnsafeSlow(CHUNK)
    end = 0
  }
  return (message) => {
    if (end + FRAME > CHUNK) flush()
    slab[end] = size < 256 ? 0 : 2
    if (size < 256) slab[end + 1] = size
    else slab.writeBigUInt64BE(BigInt(size), end + 1)
    slab.set(message, end + HEADER)
    end += FRAME
    if (socket.writableNeedDrain) return (draining ??= new Promise((resolve) => socket.once("drain", resolve)))
    draining = undefined
    if (!booked) {
      booked = true
      process.nextTick(flush)
    }
    return SETTLED
  }
}

setInterval(() => undefined, 60_000)
await roles[role]()
