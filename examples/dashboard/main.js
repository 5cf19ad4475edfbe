/**
 * A dashboard in the browser: live traffic of a running system, drawn from `socket.stats()`, with only node:http,
 * server-sent events, and one page without dependencies.
 * Usage: node main.js [port], then open the address that it prints. Press Ctrl-C to stop.
 */
import { Dashboard } from "./dashboard.js"
import { Traffic } from "./traffic.js"

const traffic = new Traffic()
await traffic.start()

const dashboard = new Dashboard()
for (const [name, socket] of traffic.sockets) dashboard.watch(name, socket)
console.log(`Dashboard: ${await dashboard.start(Number(process.argv[2] ?? 0))}`)

process.once("SIGINT", () => {
  dashboard.stop()
  traffic.stop()
})
