// PUB to SUB, also over multicast.
import { setTimeout as delay } from "node:timers/promises"
import { body, bound, connected, Meter, peers, zmq } from "../library.mjs"

export async function pub() {
  const socket = await bound(new zmq.Publisher())
  for (;;) await socket.send(body)
}

/** Every second of `peers` subscribers subscribes to the published topic. A single subscriber also does. */
export async function subs() {
  const counted = new Meter()
  const matching = Math.max(1, peers / 2)
  let waiting = matching
  const subscribe = async (index) => {
    const socket = connected(new zmq.Subscriber())
    socket.subscribe(index < matching ? "a" : "b")
    let first = true
    for await (const {} of socket) {
      if (first) waiting--
      first = false
      if (waiting === 0 && counted.count(1)) break
    }
  }
  await Promise.race(Array.from({ length: peers }, (_, index) => subscribe(index)))
}

/** Over epgm, both sides use the same endpoint. */
export async function multicastSub() {
  const socket = await bound(new zmq.Subscriber(MULTICAST))
  socket.subscribe()
  const counted = new Meter()
  for await (const {} of socket) if (counted.count(1)) break
}

export async function multicastPub() {
  const socket = connected(new zmq.Publisher({ ...MULTICAST, noDrop: true }))
  for (;;) await socket.send(body)
}

/** Publishes on ten distant topics to a socket of the same process, which has `peers` subscriptions. */
export async function topics() {
  const [pub, sub] = [new zmq.Publisher({ sendHighWaterMark: 0 }), new zmq.XSubscriber({ receiveHighWaterMark: 0 })]
  await pub.bind("inproc://bench")
  sub.connect("inproc://bench")
  for (let index = 0; index < peers; index++) await sub.send(`\x01topic.${index}.`)
  await delay(100)
  const topics = Array.from({ length: 10 }, (_, index) => Buffer.from(`topic.${(index * peers) / 10}.`))
  const counted = new Meter()
  do {
    for (let count = 0; count < 1000; count++) await pub.send(topics[count % 10])
    for (let received = 0; received < 1000;) received += (await sub.receiveMany(1000)).length
  } while (!counted.count(1000))
}

/** Rate limit in kbit/s, and time for repairs in ms. */
const MULTICAST = { rate: 400_000, recoveryInterval: 1000 }
