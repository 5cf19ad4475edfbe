// Sockets that the parent process controls. The arguments are the modules of the library and of its draft sockets.
import { createHash } from "node:crypto"
import { createInterface } from "node:readline"
import { fromLine, toLine } from "./lines.ts"

const zmq = await import(process.argv[2])
const sockets = new Map()

/** Numbers of the socket types of libzmq for which zeromq.js has no class. */
const NAMELESS = { Peer: 19, Channel: 20 }

async function classOf(type) {
  if (type in zmq) return zmq[type]
  const drafts = await import(process.argv[3])
  return drafts[type] ?? zmq.Socket.bind(undefined, NAMELESS[type])
}

const operations = {
  make: async ({ socket, type, options }) => {
    const Class = await classOf(type)
    sockets.set(socket, new Class(options))
  },
  get: ({ socket, name }) => sockets.get(socket)[name],
  call: ({ socket, name, args }) => sockets.get(socket)[name](...args),
  /** Sends a frame that repeats `byte` `size` times. */
  fill: ({ socket, size, byte }) => sockets.get(socket).send(Buffer.alloc(size, byte)),
  /** Receives a message, and returns the sizes and digests of its frames. */
  digest: async ({ socket }) =>
    (await sockets.get(socket).receive()).map((frame) => [
      frame.length,
      createHash("sha256").update(frame).digest("hex"),
    ]),
  /** Receives until the message `end`, and returns the number of messages before it. */
  count: async ({ socket }) => {
    let count = 0
    for await (const [frame] of sockets.get(socket)) {
      if (frame.toString() === "end") return count
      count++
    }
  },
  /** The first event of one of `types`: its type, and the status and code of its error. */
  event: async ({ socket, types }) => {
    for await (const { type, error } of sockets.get(socket).events) {
      if (types.includes(type)) return { type, status: error?.status, code: error?.code }
    }
  },
  closeAll,
}

function closeAll() {
  for (const socket of sockets.values()) {
    try {
      socket.linger = 0
      socket.close()
    } catch {
      // The socket is already closed.
    }
  }
  sockets.clear()
}

createInterface(process.stdin)
  .on("line", async (line) => {
    const { id, operation, ...parameters } = fromLine(line)
    try {
      answer({ id, result: await operations[operation](parameters) })
    } catch (error) {
      answer({ id, error: error.message, code: error.code })
    }
  })
  .once("close", closeAll)

function answer(result) {
  process.stdout.write(toLine(result))
}
