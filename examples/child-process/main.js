// Sends requests to services in child processes, over their standard input and output: one in Node, and one in Python with
// pyzmq, which does not support streams and uses a bridge. No network port is opened, and the connection ends with the process.
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { Request } from "zmtp"

const file = (name) => fileURLToPath(new URL(name, import.meta.url))
const python = process.env["PYTHON"] ?? "python3"

const services = [
  ["Node", process.execPath, [...process.execArgv, file("service.js")]],
  ["Python", python, [file("service.py")]],
]

for (const [name, command, args] of services) {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] })
  const request = new Request()
  const { closed } = await request.attach({ readable: child.stdout, writable: child.stdin })
  for (const text of ["stream", "bytes"]) {
    await request.send(text)
    console.log(`${name}: ${String(await request.receive())}`)
  }
  request.close()
  console.log(`${name}: closed by the ${(await closed).reason} side`)
}
