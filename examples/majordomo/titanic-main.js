/**
 * Titanic: persistent requests. A service at a Majordomo broker stores requests and replies in files: clients can
 * disconnect and fetch their replies later, and workers do not have to run at the same time.
 * Usage: node titanic-main.js
 */
import { mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { Broker } from "./broker.js"
import { Client } from "./client.js"
import { Worker } from "./worker.js"
import { Status, Titanic } from "./titanic.js"

/** Interval between requests for a reply that is not available yet, in ms. */
const PAUSE = 50

const folder = await mkdtemp(join(tmpdir(), "titanic-"))
const broker = new Broker()
await broker.start()
let titanic = new Titanic(broker.endpoint, folder)
await titanic.start()

const asking = new Client(broker.endpoint, { timeout: 10_000 })
const [, id] = await asking.request("titanic.request", ["echo", "hello"])
asking.close()
console.log("The request is stored; its client is gone.")

titanic.stop()
titanic = new Titanic(broker.endpoint, folder)
await titanic.start()
console.log("Titanic has started again.")

const client = new Client(broker.endpoint, { timeout: 10_000 })
const [before] = await client.request("titanic.reply", [id])
console.log(`No worker yet: ${before.toString()}`)

const worker = new Worker(broker.endpoint, "echo", function* ([text]) {
  return [`echo of ${text.toString()}`]
})
for (;;) {
  const [status, reply] = await client.request("titanic.reply", [id])
  if (status.toString() !== Status.pending) {
    console.log(`A worker has come: ${status.toString()}, ${reply.toString()}`)
    break
  }
  await setTimeout(PAUSE)
}

await client.request("titanic.close", [id])
const [after] = await client.request("titanic.reply", [id])
console.log(`Closed: ${after.toString()}, ${(await readdir(folder)).length} files are left.`)

client.close()
worker.crash()
titanic.stop()
broker.stop()
await rm(folder, { recursive: true })
