/**
 * Market data over multicast: one feed sends each quote once for any number of readers. Readers that are busy from time to
 * time lose packets when system buffers overflow; PGM requests them again, and every quote arrives once and in order. Each
 * line shows how many quotes a reader has received, and how many packets were repaired.
 * Usage: node main.js [readers] [quotes] [epgm://interface;group:port]
 */
import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import { Publisher, Subscriber } from "zmtp"

/** Fast enough to overrun a reader that is busy, in kbit/s. */
const RATE = 200_000

const SYMBOLS = ["AAPL", "MSFT", "NVDA", "SAP"]

const [role, ...rest] = process.argv.slice(2)
if (role === "reader") await read(rest[0], Number(rest[1]), Number(rest[2]))
else await feed()

async function feed() {
  const readers = Number(process.argv[2] ?? 3)
  const quotes = Number(process.argv[3] ?? 100_000)
  const endpoint = process.argv[4] ?? "epgm://127.0.0.1;239.192.1.1:5557"
  const feed = new Publisher({ rate: RATE, noDrop: true })
  await feed.bind(endpoint)

  let [ready, done] = [0, 0]
  for (let reader = 0; reader < readers; reader++) {
    const child = fork(fileURLToPath(import.meta.url), ["reader", endpoint, String(reader), String(quotes)])
    child.on("message", (line) => {
      if (line === "ready") ready++
      else console.log(line)
    })
    child.on("exit", () => done++)
  }
  // A multicast publisher does not know its readers. It sends a greeting until all readers have received it.
  while (ready < readers) {
    await feed.send("hello")
    await pause(20)
  }
  for (let number = 0; number < quotes; number++) {
    const symbol = SYMBOLS[number % SYMBOLS.length]
    await feed.send([symbol, String(number), (100 + Math.sin(number / 1000)).toFixed(4)])
  }
  while (done < readers) await pause(20)
  console.log(`${quotes} quotes, sent once for ${readers} readers: ${megabytes(feed.stats().bytesOut)} MB`)
  feed.close()
}

async function read(endpoint, reader, quotes) {
  const tell = (line) => void process.send(line)
  const subscriber = new Subscriber({ rate: RATE, receiveBufferSize: 65_536 })
  subscriber.subscribe()
  subscriber.events.on("loss", ({ first, last }) => {
    tell(`reader ${reader} has lost packets ${first} to ${last} for good`)
  })
  await subscriber.bind(endpoint)
  await subscriber.receive()
  tell("ready")

  let next = 0
  for await (const [first, number] of subscriber) {
    if (first.toString() === "hello") continue
    if (Number(number.toString()) !== next) throw new Error(`Reader ${reader} has missed quote ${next}`)
    next++
    if (next % Math.ceil(quotes / 5) === 0) {
      const { repaired, dropped } = subscriber.stats()
      tell(`reader ${reader}: ${next} quotes in order, ${repaired} packets repaired, ${dropped} lost`)
      stall(30)
    }
    if (next === quotes) break
  }
  const { repaired, dropped } = subscriber.stats()
  tell(`reader ${reader} has all ${next} quotes: ${repaired} packets repaired, ${dropped} lost`)
  subscriber.close()
  process.disconnect()
}

/** A reader that is busy with other work: its packets accumulate, and some are lost. */
function stall(duration) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, duration)
}

function pause(duration) {
  return new Promise((resolve) => setTimeout(resolve, duration))
}

function megabytes(bytes) {
  return (bytes / 1e6).toFixed(1)
}
