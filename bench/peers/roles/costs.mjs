// The costs of sockets, of connections, and of a slow consumer.
import { setImmediate as nextTurn, setTimeout as delay } from "node:timers/promises"
import { body, bound, connected, peers, zmq } from "../library.mjs"
import { report, say } from "../meter.mjs"

export async function drain() {
  const socket = await bound(new zmq.Pull())
  for await (const {} of socket);
}

/** Memory per idle connection, after it has sent one message, in bytes. */
export async function accept() {
  const socket = await bound(new zmq.Router())
  const connections = async (count) => {
    for (let index = 0; index < count; index++) await socket.receive()
  }
  await connections(100)
  const before = memory()
  await connections(peers)
  await delay(200)
  report((memory() - before) / peers)
}

/** Opens and closes `peers` sockets, in ms. */
export async function open() {
  const start = performance.now()
  for (let index = 0; index < peers; index++) {
    const socket = new zmq.Dealer({ linger: 0 })
    socket.connect("tcp://127.0.0.1:9")
    socket.close()
    if (index % 100 === 99) await nextTurn()
  }
  report(performance.now() - start)
}

/** Receives a million messages more slowly than they are sent. Like `hurry`, reports the maximum growth of its memory, in bytes. */
export async function slow() {
  const socket = await bound(new zmq.Pull())
  const before = memory()
  let received = 0
  for await (const {} of socket) {
    if (++received % 200 === 0) await nextTurn()
    if (received === 1_000_000) break
  }
  say({ growth: peak() - before })
}

export async function hurry() {
  const socket = connected(new zmq.Push())
  const before = memory()
  for (let sent = 0; sent < 1_000_000; sent++) await socket.send(Buffer.from(body))
  say({ growth: peak() - before })
}

/** Resident memory after garbage collection, in bytes. */
function memory() {
  globalThis.gc?.()
  return process.memoryUsage.rss()
}

/** Largest resident memory so far, in bytes. */
function peak() {
  return process.resourceUsage().maxRSS * 1024
}
