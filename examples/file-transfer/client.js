/**
 * Fetches a file from the server in server.js.
 * Usage: node client.js NAME [target] [endpoint]
 */
import { open } from "node:fs/promises"
import { Dealer } from "zmtp"
import { CHUNK, CREDIT } from "./protocol.js"

const [name, target = name, endpoint = "tcp://127.0.0.1:5555"] = process.argv.slice(2)
if (name === undefined) {
  console.error("Usage: node client.js NAME [target] [endpoint]")
  process.exit(2)
}

const dealer = new Dealer({ linger: 0 })
dealer.connect(endpoint)

let requested = 0
const giveCredit = async () => {
  await dealer.send([String(requested), String(CHUNK), name])
  requested += CHUNK
}

let received = 0
let file
try {
  for (let chunk = 0; chunk < CREDIT; chunk++) await giveCredit()
  for (;;) {
    const [offset, bytes] = await dealer.receive()
    if (`${offset}` === "error") throw new Error(`${bytes}`)
    file ??= await open(target, "w")
    await file.write(bytes, 0, bytes.length, Number(offset))
    received += bytes.length
    if (bytes.length < CHUNK) break
    // Request more only after the chunk is written, so that a slow disk slows down the server and no chunks accumulate.
    await giveCredit()
  }
  console.log(`${target}: ${received} bytes`)
} catch (error) {
  console.error(`Cannot fetch ${name}: ${error.message}`)
  process.exitCode = 1
} finally {
  await file?.close()
  dealer.close()
}
