/**
 * Sends requests and prints the replies. A Requester retries requests that a server did not answer before it shut down,
 * here on the server that is started next. Usage: node client.js [endpoint] [count]
 */
import { Requester } from "zmtp"

const [endpoint = "tcp://127.0.0.1:5555", count = "5"] = process.argv.slice(2)

const requester = new Requester(endpoint, { timeout: 2000, retries: 10 })
const requests = Array.from({ length: Number(count) }, (_, index) => requester.request(`request ${index + 1}`))
for (const request of requests) console.log(`${await request}`)
requester.close()
