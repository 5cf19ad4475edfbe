/**
 * A Jupyter kernel: JavaScript for notebooks, evaluated in a realm of `node:vm`. `input("prompt")` requests
 * input from the client. If the value of a cell is a promise, it is awaited. SIGINT and interrupt requests stop a cell.
 *
 *   node main.js connection.json
 *
 * If a port is 0 or the file does not exist, the kernel chooses ports and writes the file. To use it in Jupyter, make a
 * folder with a kernel.json of
 *   {"argv": ["node", "/path/to/kernel/main.js", "{connection_file}"],
 *    "display_name": "JavaScript (zmtp)", "language": "javascript", "interrupt_mode": "signal"}
 * and `jupyter kernelspec install --user FOLDER --name zmtp`.
 */
import { randomUUID } from "node:crypto"
import { rename, writeFile } from "node:fs/promises"
import { readConnection } from "../connection.js"
import { Kernel } from "./kernel.js"

const NEW = {
  transport: "tcp",
  ip: "127.0.0.1",
  key: randomUUID(),
  signature_scheme: "hmac-sha256",
  shell_port: 0,
  control_port: 0,
  iopub_port: 0,
  stdin_port: 0,
  hb_port: 0,
}

const [path] = process.argv.slice(2)
if (path === undefined) {
  console.error("Usage: node main.js connection.json")
  process.exit(2)
}

const kernel = new Kernel((await readConnection(path)) ?? NEW)
process.on("SIGINT", () => kernel.interrupt())
// Timers and promises that cells have created may fail later, which must not end the kernel.
process.on("uncaughtException", (error) => console.error(error))
const connection = await kernel.start()
await writeFile(`${path}.new`, JSON.stringify(connection, undefined, 2), { mode: 0o600 })
await rename(`${path}.new`, path)
await kernel.run()
process.exit() // even if cells have left timers
