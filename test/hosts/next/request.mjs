// Starts the built app on any free port, requests its route, and stops it.
import { spawn } from "node:child_process"
import { once } from "node:events"

const args = ["node_modules/next/dist/bin/next", "start", "--port", "0", "--hostname", "127.0.0.1"]
const server = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] })
try {
  let said = ""
  let address
  for await (const piece of server.stdout) {
    said += piece
    address = /http:\/\/(?:127\.0\.0\.1|localhost):\d+/.exec(said)?.[0]
    if (address !== undefined && said.includes("Ready")) break
  }
  const response = await fetch(`${address}/api`)
  console.log(await response.text())
} finally {
  server.kill()
  await once(server, "exit")
}
