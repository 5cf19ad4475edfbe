// Proxies: both ends bind; `dealt` and `published` are the far side.
import { body, connected, endpoint, Meter, zmq } from "../library.mjs"
import { say } from "../meter.mjs"

export async function router() {
  await proxy(new zmq.Router(), new zmq.Dealer())
}

export async function xsub() {
  await proxy(new zmq.XSubscriber(), new zmq.XPublisher())
}

export async function deal() {
  const socket = connected(new zmq.Dealer())
  for (;;) await socket.send(body)
}

export async function dealt() {
  const socket = connected(new zmq.Dealer(), 1)
  const counted = new Meter()
  for await (const {} of socket) if (counted.count(1)) break
}

export async function publish() {
  const socket = connected(new zmq.Publisher())
  for (;;) await socket.send(body)
}

export async function published() {
  const socket = connected(new zmq.Subscriber(), 1)
  socket.subscribe()
  const counted = new Meter()
  for await (const {} of socket) if (counted.count(1)) break
}

async function proxy(front, back) {
  await front.bind(endpoint)
  await back.bind(endpoint)
  say({ endpoints: `${front.lastEndpoint} ${back.lastEndpoint}` })
  await new zmq.Proxy(front, back).run()
}
