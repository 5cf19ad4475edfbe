/**
 * Publish and subscribe: a station publishes the weather of a few cities, and each subscriber receives the topics
 * that it has subscribed to. A topic is a prefix: "europe." matches all cities in Europe.
 * Usage: node main.js [rounds]
 */
import { json, Publisher, Subscriber } from "zmtp"

const CITIES = ["europe.berlin", "europe.lisbon", "asia.tokyo", "africa.nairobi"]

/** Averages `count` reports of the cities that begin with `topic`. */
async function watch(endpoint, topic, count) {
  const subscriber = new Subscriber()
  subscriber.connect(endpoint)
  subscriber.subscribe(topic)
  const seen = new Set()
  let sum = 0
  for (let report = 0; report < count; report++) {
    const [city, { degrees }] = await subscriber.with(json()).receive()
    seen.add(city)
    sum += degrees
  }
  subscriber.close()
  return `${topic} ${(sum / count).toFixed(1)} degrees on average, in ${[...seen].join(" and ")}`
}

const rounds = Number(process.argv[2] ?? 100)
const station = new Publisher()
await station.bind("tcp://127.0.0.1:*")
const europe = watch(station.lastEndpoint, "europe.", rounds * 2)
const tokyo = watch(station.lastEndpoint, "asia.tokyo", rounds)

// A publisher drops messages without a subscriber.
for (const topic of ["europe.", "asia.tokyo"]) await station.peersReady(1, { topic })

for (let round = 0; round < rounds; round++) {
  for (const [index, city] of CITIES.entries()) {
    const degrees = Math.round(10 + index * 5 + 10 * Math.sin((round / rounds) * 2 * Math.PI))
    await station.with(json()).send([city, { degrees }])
  }
}
for (const line of await Promise.all([europe, tokyo])) console.log(line)
station.close()
