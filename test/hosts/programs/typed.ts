import zmq, { Pull, Push, type Message, type MessageLike } from "zmtp"
import { Server, type RoutingOptions } from "zmtp/draft"
import { FaultProxy } from "zmtp/testing"
import { socket, type Socket } from "zmtp/v5-compat"

async function main(): Promise<void> {
  const push = new Push({ sendTimeout: 10_000 })
  const pull: Pull = new zmq.Pull({ receiveTimeout: 10_000 })
  await push.bind("tcp://127.0.0.1:*")
  pull.connect(push.lastEndpoint!)
  const said: MessageLike = "typed"
  await push.send(said)
  const [heard]: Message[] = await pull.receive()
  // @ts-expect-error -- Only receives.
  pull.send
  const server = new Server()
  const options: RoutingOptions = { routingId: 1 }
  const old: Socket = socket("push")
  console.log(String(heard), server instanceof zmq.Socket, options.routingId, typeof FaultProxy)
  for (const open of [push, pull, server, old]) open.close()
}

void main()
