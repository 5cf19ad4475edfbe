/**
 * Sends files of a folder to any number of clients. Its memory is limited by the credit of the clients.
 * Usage: node server.js [folder] [endpoint]
 */
import { open } from "node:fs/promises"
import { basename, join } from "node:path"
import { Router } from "zmtp"
import { CHUNK } from "./protocol.js"

const [folder = ".", endpoint = "tcp://127.0.0.1:5555"] = process.argv.slice(2)

const router = new Router()
await router.bind(endpoint)
console.log(`serving ${folder} at ${router.lastEndpoint}`)
process.once("SIGINT", () => router.close())

for await (const [client, offset, size, name] of router) {
  try {
    await router.send([client, offset, await read(`${name}`, Number(offset), Number(size))])
  } catch (error) {
    await router.send([client, "error", error.message])
  }
}

async function read(name, offset, size) {
  // A name, not a path: nothing outside of the folder is served.
  if (name !== basename(name)) throw new Error(`Invalid file name "${name}"`)
  if (!(offset >= 0 && size > 0 && size <= CHUNK)) throw new Error(`Invalid range: ${size} bytes at ${offset}`)
  const file = await open(join(folder, name))
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size), 0, size, offset)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
