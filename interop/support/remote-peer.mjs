// Sockets of the library named by the first argument, with its draft sockets in the second, at the command of the process
// that started this one.
import { createHash } from "node:crypto"
import { createInterface } from "node:readline"
import { fromLine, toLine } from "./lines.ts"

const zmq = await import(process.argv[2])
const sockets = new Map()

/** Types that libzmq has and zeromq.js has no classes for. */
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
  /** Sends one frame of `size` bytes, all `byte`. */
  fill: ({ socket, size, byte }) => sockets.get(socket).send(Buffer.alloc(size, byte)),
  /** Receives one message; its frames' sizes and digests stand for it. */
  digest: async ({ socket }) =>
    (await sockets.get(socket).receive()).map((frame) => [
      frame.length,
      createHash("sha256").update(frame).digest("hex"),
    ]),
  /** Receives until a message says `end`; how many came before it. */
  count: async ({ socket }) => {
    let count = 0
    for await (const [frame] of sockets.get(socket)) {
      if (frame.toString() === "end") return count
      count++
    }
  },
  /** The first event of one of `types`: its type, and what its error says in numbers and codes. */
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
      // It is closed already.
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
