import { Context, Dealer, Subscriber } from "../../src/index.js"

const [peers, router, publisher] = [Number(process.argv[2]), process.argv[3]!, process.argv[4]!]
const context = new Context({ maxSockets: 2 * peers + 10 })

/** Number of concurrent connection attempts. The limit keeps the listener's backlog from dominating the measurement. */
const AT_ONCE = 200

const dealers: Dealer[] = []
const echo = async (dealer: Dealer): Promise<void> => {
  for await (const message of dealer) await dealer.send(message)
}
for (let count = 0; count < peers; count++) {
  const dealer = new Dealer({ context, linger: 0, backlog: 1024 })
  dealer.connect(router)
  dealers.push(dealer)
  await dealer.send("here")
  void echo(dealer)
  if (count % AT_ONCE === AT_ONCE - 1) await new Promise((resolve) => setTimeout(resolve, 10))
}
const subscribers: Subscriber[] = []
let waiting = 0
const listen = async (subscriber: Subscriber): Promise<void> => {
  for await (const [text] of subscriber) {
    if (text === undefined || ++waiting < peers) continue
    waiting = 0
    await dealers[0]!.send("all have it")
  }
}
process.on("message", (order) => {
  if (order === "done") {
    for (const socket of [...dealers, ...subscribers]) socket.close()
    process.disconnect()
  }
})
const ordered = new Promise<void>((resolve) => {
  process.on("message", (order) => {
    if (order === "subscribe") resolve()
  })
})
await ordered
for (let count = 0; count < peers; count++) {
  const subscriber = new Subscriber({ context, linger: 0 })
  subscriber.connect(publisher)
  subscriber.subscribe("all", `own ${count}`)
  subscribers.push(subscriber)
  void listen(subscriber)
  if (count % AT_ONCE === AT_ONCE - 1) await new Promise((resolve) => setTimeout(resolve, 10))
}
