// One process of a measurement, on a library with the API of zeromq.js: `zmtp` (the built package) or `zeromq`.
// Arguments: library, role, endpoints, bytes of a message, number of peers or topics, ms to warm up, ms to measure.
// Speaks JSON, a line each: `{ endpoints }` once it can be connected to, `{ value }` when the measurement is over.
import { setImmediate as nextTurn, setTimeout as delay } from "node:timers/promises"
import { meter, report, say } from "./meter.mjs"

const [library, role, endpoint, ...numbers] = process.argv.slice(2)
const [size, peers, warmUp, duration] = numbers.map(Number)
const began = performance.now()
const zmq = await import(library)
const importTime = performance.now() - began
const body = Buffer.alloc(size, 0x61)
const Meter = meter(size, warmUp, duration)
zmq.context.maxSockets = 16_000

const roles = {
  // PUSH to PULL, one message at a time and in batches

  async pull() {
    const socket = await bound(new zmq.Pull())
    const counted = new Meter()
    for await (const {} of socket) if (counted.count(1)) break
  },

  async push() {
    const socket = connected(new zmq.Push())
    for (;;) await socket.send(body)
  },

  async pullBatches() {
    const socket = await bound(new zmq.Pull())
    const counted = new Meter()
    for await (const batch of socket.batches()) if (counted.count(batch.length)) break
  },

  async pushBatches() {
    const socket = connected(new zmq.Push())
    const batch = Array.from({ length: 500 }, () => body)
    for (;;) await socket.sendMany(batch)
  },

  async inproc() {
    const [push, pull] = [new zmq.Push(), new zmq.Pull()]
    await pull.bind("inproc://bench")
    push.connect("inproc://bench")
    const counted = new Meter()
    let over = false
    const sending = (async () => {
      while (!over) await push.send(body)
    })()
    for await (const {} of pull) if (counted.count(1)) break
    over = true
    pull.close()
    await sending
  },

  // Request and reply

  async rep() {
    const socket = await bound(new zmq.Reply())
    for (;;) await socket.send((await socket.receive())[0])
  },

  async req() {
    const socket = connected(new zmq.Request())
    const counted = new Meter({ time: true })
    do {
      await socket.send(body)
      await socket.receive()
    } while (!counted.count(1))
  },

  /** Answers all but what floods it. */
  async echo() {
    const socket = await bound(new zmq.Router())
    for await (const message of socket) if (message[1][0] !== FLOOD) await socket.send(message)
  },

  /** Keeps a number of requests under way. */
  async ask() {
    const socket = connected(new zmq.Dealer())
    const counted = new Meter()
    for (let sent = 0; sent < peers; sent++) await socket.send(body)
    for await (const [answer] of socket) {
      if (counted.count(1)) break
      await socket.send(answer)
    }
  },

  /** Many sockets, each with one request under way. */
  async askers() {
    const sockets = []
    for (let index = 0; index < peers; index++) {
      const socket = connected(new zmq.Dealer())
      await socket.send(body)
      await socket.receive()
      sockets.push(socket)
    }
    const counted = new Meter()
    const ask = async (socket) => {
      do {
        await socket.send(body)
        await socket.receive()
      } while (!counted.count(1))
    }
    await Promise.race(sockets.map(ask))
  },

  // PUB to SUB

  async pub() {
    const socket = await bound(new zmq.Publisher())
    for (;;) await socket.send(body)
  },

  /** Over epgm, where both sides do the same to reach each other. */
  async multicastSub() {
    const socket = await bound(new zmq.Subscriber(MULTICAST))
    socket.subscribe()
    const counted = new Meter()
    for await (const {} of socket) if (counted.count(1)) break
  },

  async multicastPub() {
    const socket = connected(new zmq.Publisher({ ...MULTICAST, noDrop: true }))
    for (;;) await socket.send(body)
  },

  /** Of `peers` subscribers every second one has subscribed to what is published; a single one has. */
  async subs() {
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
  },

  /** Publishes within the process to one that has subscribed to `peers` topics, on ten of them that lie far apart. */
  async topics() {
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
  },

  // Proxies: both ends bind, `dealOut` and `published` are the far side

  async router() {
    await proxy(new zmq.Router(), new zmq.Dealer())
  },

  async xsub() {
    await proxy(new zmq.XSubscriber(), new zmq.XPublisher())
  },

  async deal() {
    const socket = connected(new zmq.Dealer())
    for (;;) await socket.send(body)
  },

  async dealt() {
    const socket = connected(new zmq.Dealer(), 1)
    const counted = new Meter()
    for await (const {} of socket) if (counted.count(1)) break
  },

  async publish() {
    const socket = connected(new zmq.Publisher())
    for (;;) await socket.send(body)
  },

  async published() {
    const socket = connected(new zmq.Subscriber(), 1)
    socket.subscribe()
    const counted = new Meter()
    for await (const {} of socket) if (counted.count(1)) break
  },

  // Fairness

  async flood() {
    const socket = connected(new zmq.Dealer())
    const flood = Buffer.alloc(size, FLOOD)
    for (;;) await socket.send(flood)
  },

  /** The 99th percentile of a round trip, in µs. */
  async ping() {
    const socket = connected(new zmq.Dealer())
    const times = []
    const end = performance.now() + warmUp + duration
    const start = end - duration
    for (let now = performance.now(); now < end;) {
      await socket.send(body)
      await socket.receive()
      const then = performance.now()
      if (now > start) times.push(then - now)
      now = then
    }
    times.sort((a, b) => a - b)
    report(times[Math.floor(times.length * 0.99)] * 1000)
  },

  /** How late a timer comes at worst in a loop of sends, in ms. */
  async lateness() {
    const socket = connected(new zmq.Push())
    const end = performance.now() + warmUp + duration
    let worst = 0
    let due = performance.now() + 5
    const tick = () => {
      const now = performance.now()
      if (now > end - duration) worst = Math.max(worst, now - due)
      if (now >= end) report(worst)
      due = performance.now() + 5
      setTimeout(tick, 5)
    }
    setTimeout(tick, 5)
    for (;;) await socket.send(body)
  },

  // What it costs to be there

  async drain() {
    const socket = await bound(new zmq.Pull())
    for await (const {} of socket);
  },

  /** Memory of this process for each connection that it has accepted and that says nothing, in bytes. */
  async accept() {
    const socket = new zmq.Router()
    await bound(socket)
    await connections(socket, 100)
    const before = memory()
    await connections(socket, 100 + peers)
    await delay(200)
    report((memory() - before) / peers)
  },

  async connect() {
    const sockets = []
    for (let index = 0; index < peers + 100; index++) {
      const socket = connected(new zmq.Dealer())
      sockets.push(socket)
      await socket.send("")
      await nextTurn()
    }
    setInterval(() => sockets, 1000)
  },

  /** From the import's beginning to its end, in ms. */
  load() {
    report(importTime)
  },

  /** Opens and closes `peers` sockets, in ms. */
  async open() {
    const start = performance.now()
    for (let index = 0; index < peers; index++) {
      const socket = new zmq.Dealer({ linger: 0 })
      socket.connect("tcp://127.0.0.1:9")
      socket.close()
      if (index % 100 === 99) await nextTurn()
    }
    report(performance.now() - start)
  },

  // A million messages through a consumer that is too slow: how much more memory than before either side had, in bytes

  async slow() {
    const socket = await bound(new zmq.Pull())
    const before = memory()
    let received = 0
    for await (const {} of socket) {
      if (++received % 200 === 0) await nextTurn()
      if (received === 1_000_000) break
    }
    say({ growth: peak() - before })
  },

  async hurry() {
    const socket = connected(new zmq.Push())
    const before = memory()
    for (let sent = 0; sent < 1_000_000; sent++) await socket.send(Buffer.from(body))
    say({ growth: peak() - before })
  },
}

/** Rate limit in kbit/s, and time for repairs in ms. */
const MULTICAST = { rate: 400_000, recoveryInterval: 1000 }

/** First byte of what floods. */
const FLOOD = 0x66

async function bound(socket) {
  await socket.bind(endpoint)
  say({ endpoints: socket.lastEndpoint })
  return socket
}

function connected(socket, index = 0) {
  socket.connect(endpoint.split(" ")[index])
  return socket
}

async function proxy(front, back) {
  await front.bind(endpoint)
  await back.bind(endpoint)
  say({ endpoints: `${front.lastEndpoint} ${back.lastEndpoint}` })
  await new zmq.Proxy(front, back).run()
}

/** Resolves when so many peers have sent their first message. */
async function connections(socket, count) {
  accepted ??= new Set()
  while (accepted.size < count) accepted.add((await socket.receive())[0].toString("hex"))
}
let accepted

/** Resident, in bytes, without what can be collected. */
function memory() {
  globalThis.gc?.()
  return process.memoryUsage.rss()
}

/** The most there was, in bytes. */
function peak() {
  return process.resourceUsage().maxRSS * 1024
}

// A profile is written by a process that ends by itself.
process.once("SIGINT", () => process.exit())
// Whoever measures ends all sides: a sender that left early could take messages with it.
setInterval(() => undefined, 60_000)
await roles[role]()
