// One process of a measurement with a bare `net.Socket`: the limit of Node itself, without any protocol. Arguments and output
// are those of `zmq.mjs`.
import { createServer } from "node:net"
import { dial, listen } from "./bare-sockets.mjs"
import { meter, report, say } from "./meter.mjs"

const [role, endpoint, ...numbers] = process.argv.slice(2)
const [size, peers, warmUp, duration] = numbers.map(Number)
const Meter = meter(size, warmUp, duration)
const body = Buffer.alloc(size, 0x61)
/** Size of a write, in bytes. */
const BATCH = 64 * 1024

const roles = {
  pull() {
    let received = 0
    let start = 0
    let warm = false
    serve((chunk) => {
      received += chunk.length
      const now = performance.now()
      start ||= now
      const elapsed = now - start
      if (!warm) {
        if (elapsed < warmUp) return
        say({ cold: (received / size / elapsed) * 1000 })
        warm = true
        start = now
        received = 0
      } else if (elapsed >= duration) report((received / size / elapsed) * 1000)
    })
  },

  async push() {
    const socket = dial(endpoint)
    const batch = Buffer.concat(Array.from({ length: Math.max(1, Math.floor(BATCH / size)) }, () => body))
    for (;;) if (!socket.write(batch)) await new Promise((resolve) => socket.once("drain", resolve))
  },

  rep() {
    serve((chunk, socket) => socket.write(chunk))
  },

  req() {
    const socket = dial(endpoint)
    const began = performance.now()
    let start = 0
    let answered = 0
    let missing = size
    socket.on("data", (chunk) => {
      missing -= chunk.length
      if (missing > 0) return
      missing = size
      socket.write(body)
      if (++answered % 16 !== 0) return
      const now = performance.now()
      if (start === 0) {
        if (now - began < warmUp) return
        say({ cold: ((now - began) * 1000) / answered })
        start = now
        answered = 0
      } else if (now - start >= duration) report(((now - start) * 1000) / answered)
    })
    socket.once("connect", () => socket.write(body))
  },

  // Bytes without frames.

  echo() {
    serve((chunk, socket) => socket.write(chunk), false)
  },

  ask() {
    const socket = dial(endpoint)
    bounce(socket, new Meter())
    socket.once("connect", () => socket.write(Buffer.alloc(size * peers, body)))
  },

  askers() {
    const counted = new Meter()
    for (let index = 0; index < peers; index++) {
      const socket = dial(endpoint)
      bounce(socket, counted)
      socket.once("connect", () => socket.write(body))
    }
  },
}

/** Counts messages of `socket`, and sends them back. */
function bounce(socket, counted) {
  let part = 0
  socket.on("data", (chunk) => {
    part += chunk.length
    const messages = Math.floor(part / size)
    part %= size
    if (!counted.count(messages)) socket.write(chunk)
  })
}

function serve(data, once = true) {
  const server = createServer({ noDelay: true }, (socket) => {
    if (once) server.close()
    socket.on("data", (chunk) => data(chunk, socket))
    socket.on("error", () => socket.destroy())
  })
  listen(server, endpoint)
}

await roles[role]()
