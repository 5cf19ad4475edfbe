// One side of a measurement on a bare `net.Socket`: what Node itself can do, without any protocol.
import { connect, createServer } from "node:net"

const [, work, size, count, endpoint] = process.argv.slice(2)
const body = Buffer.alloc(Number(size), 0x61)
const messages = Number(count)
const warmUp = Math.ceil(messages / 10)
/** Bytes to write before waiting for the socket to drain. */
const BATCH = 64 * 1024

const works = {
  pull() {
    let received = 0
    let start = 0
    serve((chunk, socket) => {
      received += chunk.length
      if (start === 0 && received >= warmUp * body.length) start = performance.now()
      if (received < (warmUp + messages) * body.length) return
      process.send({ seconds: (performance.now() - start) / 1000 })
      socket.destroy()
      process.disconnect()
    })
  },

  async push() {
    const socket = dial()
    const perWrite = Math.max(1, Math.floor(BATCH / body.length))
    const batch = Buffer.concat(Array.from({ length: perWrite }, () => body))
    for (let left = warmUp + messages; left > 0; left -= perWrite) {
      const bytes = left < perWrite ? batch.subarray(0, left * body.length) : batch
      if (!socket.write(bytes)) await new Promise((resolve) => socket.once("drain", resolve))
    }
  },

  rep() {
    serve((chunk, socket) => socket.write(chunk))
  },

  req() {
    const socket = dial()
    let asked = 0
    let start = 0
    let missing = 0
    const ask = () => {
      if (asked++ === warmUp) start = performance.now()
      missing = body.length
      socket.write(body)
    }
    socket.on("data", (chunk) => {
      missing -= chunk.length
      if (missing > 0) return
      if (asked < warmUp + messages) {
        ask()
        return
      }
      process.send({ seconds: (performance.now() - start) / 1000 })
      socket.destroy()
      process.disconnect()
    })
    socket.once("connect", ask)
  },
}

function serve(data) {
  const server = createServer({ noDelay: true }, (socket) => {
    server.close()
    socket.on("data", (chunk) => data(chunk, socket))
    socket.on("error", () => socket.destroy())
    socket.on("close", () => process.connected && process.disconnect())
  })
  const target = endpoint.startsWith("ipc")
    ? { path: `/tmp/zmtp-bench-${process.pid}` }
    : { host: "127.0.0.1", port: 0 }
  server.listen(target, () => {
    const address = server.address()
    process.send({ endpoint: typeof address === "string" ? address : String(address.port) })
  })
}

function dial() {
  const socket = endpoint.startsWith("/")
    ? connect(endpoint)
    : connect({ port: Number(endpoint), host: "127.0.0.1", noDelay: true })
  return socket
}

await works[work]()
