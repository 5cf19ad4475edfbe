const zmq = require("zeromq")

/** Sends a task and a request. */
exports.run = async function run() {
  const push = new zmq.Push()
  const pull = new zmq.Pull({ receiveTimeout: 10_000 })
  await push.bind("tcp://127.0.0.1:*")
  pull.connect(push.lastEndpoint)
  await push.send(["task", "1"])
  const [task, number] = await pull.receive()

  const server = zmq.curveKeyPair()
  const reply = new zmq.Reply({ curveServer: true, curveSecretKey: server.secretKey })
  await reply.bind("tcp://127.0.0.1:*")
  const { publicKey, secretKey } = zmq.curveKeyPair()
  const request = new zmq.Request({
    curveServerKey: server.publicKey,
    curvePublicKey: publicKey,
    curveSecretKey: secretKey,
  })
  request.connect(reply.lastEndpoint)
  await request.send("hello")
  await reply.send(`${await reply.receive()}!`)
  const [answer] = await request.receive()
  for (const socket of [push, pull, reply, request]) socket.close()
  return `${task} ${number}, ${answer}`
}
