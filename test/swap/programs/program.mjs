// A typical program for zeromq.js.
import { curveKeyPair, Pull, Push, Reply, Request } from "zeromq"

const push = new Push()
const pull = new Pull({ receiveTimeout: 10_000 })
await push.bind("tcp://127.0.0.1:*")
pull.connect(push.lastEndpoint)
await push.send(["task", "1"])
const [task, number] = await pull.receive()

const server = curveKeyPair()
const reply = new Reply({ curveServer: true, curveSecretKey: server.secretKey })
await reply.bind("tcp://127.0.0.1:*")
async function serve() {
  for await (const [question] of reply) await reply.send(`${question}!`)
}
const served = serve()
const { publicKey, secretKey } = curveKeyPair()
const request = new Request({ curveServerKey: server.publicKey, curvePublicKey: publicKey, curveSecretKey: secretKey })
request.connect(reply.lastEndpoint)
await request.send("hello")
const [answer] = await request.receive()
for (const socket of [push, pull, reply, request]) socket.close()
await served
console.log(`${task} ${number}, ${answer}`)
