/**
 * A feed as bitcoind publishes it (`-zmqpubrawtx`, `-zmqpubhashblock`): three frames, topic, body and a sequence number
 * of 4 bytes, little-endian, that counts each topic by itself. Publishers drop what a slow or absent subscriber cannot
 * take; the number tells how much that was.
 * Usage: node main.js [endpoint], the endpoint of a bitcoind, until Ctrl-C; without it a
 * feed of its own is read, which loses some messages.
 */
import { Publisher, Subscriber } from "zmtp"
import { Feed } from "./feed.js"

/** Publishes `count` transactions, a block for every fourth, and leaves out those of `lost`. */
async function publish(publisher, count, lost) {
  const next = { rawtx: 0xffff_fffd, hashblock: 0 } // close to where the number begins again at 0
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
