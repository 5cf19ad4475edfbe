/**
 * Answers requests, each of which takes a while. On SIGTERM or SIGINT, it receives no more requests, finishes those that it
 * has received, delivers their replies, and exits.
 * Usage: node server.js [endpoint]
 */
import { setTimeout as delay } from "node:timers/promises"
import { Router, reply } from "zmtp"

const [endpoint = "tcp://127.0.0.1:5555"] = process.argv.slice(2)

const stopping = new AbortController()
let active = 0
for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, () => {
    console.log(`${signal}: finishing ${active} requests`)
    stopping.abort()
  })
}

async function work([body]) {
  active++
  console.log(`working on ${body}`)
  await delay(Number(process.env.WORK_MS ?? 500))
  active--
  return `${body} is done`
}

// If replies cannot be delivered within 5 s, because their clients have disconnected, the process exits without them.
const router = new Router({ linger: 5000 })
await router.bind(endpoint)
console.log(`listening at ${router.lastEndpoint}`)
await reply(router, work, { signal: stopping.signal }) // resolves when the last request is answered
router.close() // lingers until the replies are delivered; nothing else keeps the process alive
console.log("all requests are answered")
