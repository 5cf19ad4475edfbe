/**
 * Binary Star: two servers, one active and one ready to take over. They exchange their states. Clients switch to
 * the other server when theirs stops answering, and their requests decide which server is active.
 * Usage: node main.js
 */
import { once } from "node:events"
import { Client } from "./client.js"
import { Server } from "./server.js"

const primary = new Server("primary")
const backup = new Server("backup")
await primary.start()
await backup.start()
const ready = Promise.all([once(primary, "active"), once(backup, "passive")])
primary.join(backup)
backup.join(primary)
await ready

const client = new Client([primary.clients, backup.clients])
console.log(await client.request("Hello"))

console.log("The primary crashes.")
primary.crash()
console.log(await client.request("Hello again"))

console.log("The primary comes back.")
const passive = once(primary, "passive")
await primary.start()
primary.join(backup)
await passive
console.log(await client.request("Still here"))

console.log("The backup crashes.")
backup.crash()
console.log(await client.request("Back again"))

client.close()
primary.crash()
