// A process with a low limit for open files. Peers connect until it can no longer accept connections. The argument is its
// number of I/O threads.
import { connect, type Socket } from "node:net"
import { context, Pull, Push } from "../../src/index.js"

context.dedicatedIoThreads = Number(process.argv[2])
const pull = new Pull()
await pull.bind("tcp://127.0.0.1:*")
const port = Number(pull.lastEndpoint!.split(":").pop())

// Both ends of each connection are in this process. A connection without a descriptor fails or is closed immediately.
const peers: Socket[] = []
const closed: Promise<unknown>[] = []
const failing = new Promise<void>((resolve) => {
  for (let count = 0; count < 80; count++) {
    const peer = connect(port, "127.0.0.1").on("error", () => undefined)
    closed.push(new Promise((done) => peer.once("close", done)))
    peer.once("close", resolve)
    peer.resume()
    peers.push(peer)
  }
})
await failing
for (const peer of peers) peer.destroy()
await Promise.all(closed)

const push = new Push({ reconnectInterval: 10 })
push.connect(pull.lastEndpoint!)
await push.send("after")
const served = String(await pull.receive())
push.close()
pull.close()
process.send!({ served }, () => {
  process.disconnect()
})
