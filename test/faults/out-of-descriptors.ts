// A process that may open few files only: it is connected to until it can accept no more.
import { connect, type Socket } from "node:net"
import { Pull, Push } from "../../src/index.js"

const pull = new Pull()
await pull.bind("tcp://127.0.0.1:*")
const failing = new Promise<string>((resolve) => {
  pull.events.on("accept:error", ({ error }) => {
    resolve(error.code)
  })
})
const port = Number(pull.lastEndpoint!.split(":").pop())
// Both ends of each connection are in this process.
const peers: Socket[] = Array.from({ length: 80 }, () => connect(port, "127.0.0.1").on("error", () => undefined))
const failed = await failing
for (const peer of peers) peer.destroy()

const push = new Push({ reconnectInterval: 10 })
push.connect(pull.lastEndpoint!)
await push.send("after")
const served = String(await pull.receive())
push.close()
pull.close()
process.send!({ failed, served }, () => {
  process.disconnect()
})
