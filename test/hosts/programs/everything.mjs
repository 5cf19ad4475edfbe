import zmq, { curveKeyPair, Pull, Push, Reply, Request } from "zmtp"
import { Client, Server } from "zmtp/draft.js"
import v5 from "zmtp/v5-compat.js"

/** Uses the parts that load on demand: tcp, CURVE, WebSockets, a draft type, and the API of version 5. */
export async function run() {
  const push = new Push()
  const pull = new Pull({ receiveTimeout: 10_000 })
  await push.bind("tcp://127.0.0.1:*")
  pull.connect(push.lastEndpoint)
  await push.send("tcp")
  const said = [String(await pull.receive())]

  const server = curveKeyPair()
  const reply = new Reply({ curveServer: true, curveSecretKey: server.secretKey })
  await reply.bind("tcp://127.0.0.1:*")
  const { publicKey, secretKey } = curveKeyPair()
  const request = new Request({
    curveServerKey: server.publicKey,
    curvePublicKey: publicKey,
    curveSecretKey: secretKey,
  })
  request.connect(reply.lastEndpoint)
  await request.send("curve")
  await reply.send(await reply.receive())
  said.push(String(await request.receive()))

  const [left, right] = [new zmq.Pair(), new zmq.Pair()]
  await left.bind("ws://127.0.0.1:*")
  right.connect(left.lastEndpoint)
  await right.send("ws")
  said.push(String(await left.receive()))

  const [theServer, client] = [new Server(), new Client()]
  await theServer.bind("inproc://everything")
  client.connect("inproc://everything")
  await client.send("draft")
  said.push(String((await theServer.receive())[0]))

  const [sender, receiver] = [v5.socket("push"), v5.socket("pull")]
  receiver.bindSync("tcp://127.0.0.1:*")
  sender.connect(receiver.last_endpoint)
  const message = new Promise((resolve) => receiver.on("message", resolve))
  sender.send("v5")
  said.push(String(await message))

  // Both entry points must share one class.
  said.push(theServer instanceof zmq.Socket ? "one" : "two")
  for (const socket of [push, pull, reply, request, left, right, theServer, client, sender, receiver]) socket.close()
  return said.join(" ")
}
