// Peers that send one empty message and then nothing. They are bare sockets with a minimal implementation of ZMTP, so that ten
// thousand fit in one process. Arguments are those of `zmq.mjs`.
import { connect } from "node:net"

const [, endpoint, , peers] = process.argv.slice(2)
const port = Number(endpoint.slice(endpoint.lastIndexOf(":") + 1))
/** Number of connections that are established at the same time. */
const PARALLEL = 50
/** Number of peers whose memory is not counted. */
const EXTRA = 100

const GREETING = Buffer.alloc(64)
GREETING.set([0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 0])
GREETING.write("NULL", 12)
const READY = Buffer.from("\x04\x1c\x05READY\x0bSocket-Type\x00\x00\x00\x06DEALER", "latin1")
const EMPTY_MESSAGE = Buffer.alloc(2)

const open = []
let missing = Number(peers) + EXTRA

async function connectAll() {
  while (missing-- > 0) {
    const socket = connect(port, "127.0.0.1")
    open.push(socket)
    socket.write(GREETING)
    // libzmq closes a connection that sends more than the greeting before libzmq has sent its own.
    await received(socket, GREETING.length)
    socket.write(Buffer.concat([READY, EMPTY_MESSAGE]))
  }
}

/** Resolves when the peer has sent `bytes`. */
function received(socket, bytes) {
  return new Promise((resolve) => {
    socket.on("data", (chunk) => {
      bytes -= chunk.length
      if (bytes <= 0) resolve()
    })
  })
}

setInterval(() => open, 60_000)
await Promise.all(Array.from({ length: PARALLEL }, connectAll))
