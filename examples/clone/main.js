/**
 * Clone: shared state. Clients send changes to a server, which orders and publishes them. A client that joins late or
 * has missed updates requests a snapshot and continues from there. At the end, all states have the same hash.
 * Usage: node main.js [changes]
 */
import { Client } from "./client.js"
import { Server } from "./server.js"

const changes = Number(process.argv[2] ?? 500)

/** The key and the value of each change; every fifth change deletes the key. */
function change(index) {
  return [`key ${(index * 7) % 50}`, index % 5 === 0 ? null : `value ${index}`]
}

const server = new Server()
await server.start()
const clients = [new Client(server.endpoints), new Client(server.endpoints)]
const running = clients.map((client) => client.run())

await Promise.all(
  clients.map(async (client, half) => {
    for (let index = half; index < changes; index += 2) await client.set(...change(index))
  }),
)
await clients[0].reach(changes / 2)
const late = new Client(server.endpoints)
clients.push(late)
running.push(late.run())

await Promise.all(clients.map((client) => client.reach(changes)))
for (const [index, { hash, size }] of clients.entries()) {
  console.log(`client ${index + 1}: ${size} keys, ${hash === server.hash ? "the server's hash" : `hash ${hash}`}`)
}

for (const client of clients) client.stop()
await Promise.all(running)
server.stop()
