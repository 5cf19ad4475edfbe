/** A window: sends requests to the main process, and shows the progress of the work. */
import { Requester, Subscriber } from "zmtp"

process.once("disconnect", () => process.exit()) // exit together with the main process

const [name, folder] = process.argv.slice(2)
const news = new Subscriber()
news.connect(`ipc://${folder}/news`)
news.subscribe("progress")
const main = new Requester(`ipc://${folder}/requests`, { timeout: -1 })

const counted = main.request(["count", "200000"])
const [other] = await main.request("something else")
console.log(`${name}: ${other.toString()}`)

const shares = []
for await (const [, share] of news) {
  shares.push(share.toString())
  if (shares.at(-1) === "100") break
}
const [count] = await counted
console.log(`${name}: ${shares.join(", ")} %, ${count.toString()} primes`)
news.close()
main.close()
process.disconnect()
