/**
 * Tracks the key-value cache of an inference engine, as a request router does. vLLM publishes which blocks it has stored
 * and removed, as MessagePack, in numbered batches, and resends missed batches on request.
 * Usage: node main.js [events-endpoint replay-endpoint]. The endpoints are those of a vLLM (usually
 * tcp://localhost:5557 and 5558); press Ctrl-C to stop. Without endpoints, the program simulates an engine that loses some
 * batches.
 */
import { Engine, TOPIC } from "./engine.js"
import { KvEvents } from "./subscriber.js"

const LOST = new Set([7, 8])

/** The blocks that the cache holds. */
const cache = new Set()

function apply(event) {
  if (event.type === "BlockStored") for (const block of event.blocks) cache.add(block)
  else if (event.type === "BlockRemoved") for (const block of event.blocks) cache.delete(block)
  else cache.clear()
}

/** Publishes batches `from` to `to`. Each stores a block, and every other one removes a block. */
async function publish(engine, from, to) {
  for (let batch = from; batch <= to; batch++) {
    const stored = ["BlockStored", [batch + 1], batch || null, [1, 2, 3, 4], 4, null]
    const removed = batch > 0 && batch < 7 && batch % 2 === 0 ? [["BlockRemoved", [batch - 1]]] : []
    await engine.publish([stored, ...removed], LOST.has(batch))
  }
}

async function followOwn() {
  const engine = new Engine()
  await engine.start()
  await publish(engine, 0, 4)

  const onReplay = (from, to) => console.log(`replayed ${from} to ${to}`)
  const events = new KvEvents(engine.endpoints.events, engine.endpoints.replay, TOPIC, { onReplay })
  const subscribed = engine.subscribed()
  const sequences = []
  for await (const batch of events) {
    sequences.push(batch.sequence)
    batch.events.forEach(apply)
    if (batch.sequence === 4) void subscribed.then(() => publish(engine, 5, 11))
    if (batch.sequence === 11) break
  }
  console.log(`${sequences.length} batches, in order: ${sequences.every((sequence, index) => sequence === index)}`)
  console.log(`blocks in the cache: ${[...cache].join(", ")}`)
  events.close()
  engine.stop()
}

async function follow(endpoint, replay) {
  const events = new KvEvents(endpoint, replay, TOPIC, {
    onLost: (from, to) => console.log(`lost ${from} to ${to}`),
  })
  process.once("SIGINT", () => events.close())
  for await (const batch of events) {
    batch.events.forEach(apply)
    console.log(`${batch.sequence}: ${batch.events.length} events, ${cache.size} blocks in the cache`)
  }
}

const [endpoint, replay] = process.argv.slice(2)
if (endpoint !== undefined && replay !== undefined) await follow(endpoint, replay)
else await followOwn()
