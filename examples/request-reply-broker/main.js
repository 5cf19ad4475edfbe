/**
 * Brokered request and reply: clients and workers connect only to the broker, a ROUTER and a DEALER with a proxy
 * between them, so that either side can be scaled while the other runs.
 * Usage: node main.js
 */
import { Dealer, Proxy, Reply, reply, Request, Router } from "zmtp"

const WORKERS = 3
const CLIENTS = 4
const QUESTIONS = 5

async function ask(endpoint, client) {
  const request = new Request()
  request.connect(endpoint)
  let sum = 0
  for (let question = 1; question <= QUESTIONS; question++) {
    await request.send(String(client * question))
    const [answer] = await request.receive()
    sum += Number(answer)
  }
  request.close()
  return sum
}

const broker = new Proxy(new Router(), new Dealer())
await broker.frontEnd.bind("tcp://127.0.0.1:*")
await broker.backEnd.bind("tcp://127.0.0.1:*")
const clients = broker.frontEnd.lastEndpoint
const running = broker.run()

const workers = Array.from({ length: WORKERS }, () => {
  const socket = new Reply()
  socket.connect(broker.backEnd.lastEndpoint)
  return { socket, done: reply(socket, ([number]) => String(Number(number) ** 2)) }
})

const sums = await Promise.all(Array.from({ length: CLIENTS }, (_, client) => ask(clients, client + 1)))
for (const [client, sum] of sums.entries()) console.log(`client ${client + 1}: the squares add up to ${sum}`)

broker.terminate()
await running
for (const { socket } of workers) socket.close()
await Promise.all(workers.map(({ done }) => done))
