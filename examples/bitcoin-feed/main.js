/**
 * A feed as published by bitcoind (`-zmqpubrawtx`, `-zmqpubhashblock`). Messages have three frames: the topic, the body, and
 * a 32-bit little-endian sequence number for each topic. Publishers drop messages that a slow or disconnected subscriber
 * cannot receive; the numbers show how many.
 * Usage: node main.js [endpoint]. The endpoint is that of a bitcoind; press Ctrl-C to stop. Without an endpoint, the
 * program reads a simulated feed that loses some messages.
 */
import { Publisher, Subscriber } from "zmtp"
import { Feed } from "./feed.js"

/** Publishes `count` transactions and a block after every fourth, except those in `lost`. */
async function publish(publisher, count, lost) {
  const next = { rawtx: 0xffff_fffd, hashblock: 0 } // just before the number wraps around to 0
  const send = async (topic, body, drop = false) => {
    const sequence = Buffer.alloc(4)
    sequence.writeUInt32LE(next[topic])
    next[topic] = (next[topic] + 1) >>> 0
    if (!drop) await publisher.send([topic, body, sequence])
  }
  for (let index = 0; index < count; index++) {
    await send("rawtx", Buffer.alloc(250, index), lost.has(index))
    if (index % 4 === 3) await send("hashblock", Buffer.alloc(32, index))
  }
}

async function follow(feed, transactions) {
  let seen = 0
  for await (const event of feed) {
    if (event.type === "gap") console.log(`${event.topic}: ${event.missed} missed before ${event.sequence}`)
    else if (event.topic === "hashblock") console.log(`block ${event.body.subarray(0, 4).toString("hex")}…`)
    else console.log(`transaction ${event.sequence}, ${event.body.length} bytes`)
    if (event.type === "message" && event.topic === "rawtx" && ++seen === transactions) break
  }
}

const [endpoint] = process.argv.slice(2)
const subscriber = new Subscriber()
const feed = new Feed(subscriber, ["rawtx", "hashblock"])
if (endpoint !== undefined) {
  subscriber.connect(endpoint)
  process.once("SIGINT", () => subscriber.close())
  await follow(feed, Infinity)
} else {
  const publisher = new Publisher()
  await publisher.bind("tcp://127.0.0.1:*")
  subscriber.connect(publisher.lastEndpoint)
  for (const topic of ["rawtx", "hashblock"]) await publisher.peersReady(1, { topic })
  await publish(publisher, 10, new Set([2, 3, 6]))
  await follow(feed, 7)
  publisher.close()
  subscriber.close()
}
