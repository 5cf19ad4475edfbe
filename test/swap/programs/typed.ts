import * as zmq from "zeromq"

async function main(): Promise<void> {
  const options: zmq.SocketOptions<zmq.Pull> = { receiveTimeout: 10_000 }
  const [push, pull] = [new zmq.Push(), new zmq.Pull(options)]
  await push.bind("tcp://127.0.0.1:*")
  pull.connect(push.lastEndpoint!)
  await push.send(["task", "1"])
  const [task, number]: zmq.Message[] = await pull.receive()

  const [request, reply] = [new zmq.Request(), new zmq.Reply()]
  await reply.bind("inproc://service")
  request.connect("inproc://service")
  await request.send("hello")
  await reply.send(`${(await reply.receive())[0]}!`)
  const [answer] = await request.receive()
  for (const socket of [push, pull, request, reply]) socket.close()
  console.log(`${task} ${number}, ${answer}`)
}

void main()
