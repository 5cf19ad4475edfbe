// Peers for measurements during computations and floods. The library is `zmtp` (the built package) or `zeromq`. `sink`
// receives and computes, `beat` sends messages and heartbeats to it, and `greet` connects to it with CURVE; `echo`
// replies to `ping` while `flood` sends as much as possible.
import { setTimeout } from "node:timers/promises"
import { CLIENT, SERVER } from "./io-thread-keys.mjs"

const [role, library, threads, endpoint, duration] = process.argv.slice(2)
const zmq = await import(library)
if (Number(threads) > 0) zmq.context.dedicatedIoThreads = Number(threads)

/** Interval between messages of `beat`, in ms. */
const BEAT = 50
/** The first byte of all messages of `flood`. */
const FLOOD = 0xff

/** Sockets that nothing else references, which would be closed when they are garbage collected. */
const kept = []

function compute(ms) {
  const end = performance.now() + ms
  while (performance.now() < end);
}

const roles = {
  async sink() {
    const pull = new zmq.Pull({ curveServer: true, curveSecretKey: SERVER.secretKey })
    const plain = new zmq.Pull()
    kept.push(pull)
    await pull.bind("tcp://127.0.0.1:*")
    await plain.bind("tcp://127.0.0.1:*")
    process.send({ endpoint: pull.lastEndpoint, plain: plain.lastEndpoint })
    process.on("message", async (wanted) => {
      if (wanted === "compute") compute(Number(duration))
      else {
        // Numbers that arrived, up to the last one that was sent.
        const numbers = []
        while (numbers.at(-1) !== wanted.last) numbers.push(Number(await plain.receive()))
        process.send({ received: new Set(numbers).size })
      }
    })
  },

  async beat() {
    const push = new zmq.Push({ heartbeatInterval: 1000, heartbeatTimeout: 1000, linger: 0 })
    let disconnects = 0
    push.events.on("disconnect", () => disconnects++)
    const connected = new Promise((resolve) => push.events.on("handshake", resolve))
    push.connect(endpoint)
    await connected
    process.send("ready")
    const end = performance.now() + Number(duration)
    let sent = 0
    while (performance.now() < end) {
      await push.send(String(++sent))
      await setTimeout(BEAT)
    }
    process.send({ sent, disconnects })
  },

  async greet() {
    // Keeps the process alive.
    process.on("message", () => undefined)
    process.send("ready")
    const start = performance.now()
    const push = new zmq.Push({
      curveServerKey: SERVER.publicKey,
      curvePublicKey: CLIENT.publicKey,
      curveSecretKey: CLIENT.secretKey,
      linger: 0,
    })
    kept.push(push)
    push.events.on("handshake", () => process.send({ handshake: performance.now() - start }))
    push.connect(endpoint)
  },

  async echo() {
    const router = new zmq.Router()
    await router.bind("tcp://127.0.0.1:*")
    process.send({ endpoint: router.lastEndpoint })
    for await (const [id, body] of router) if (body[0] !== FLOOD) await router.send([id, body])
  },

  async flood() {
    const dealer = new zmq.Dealer({ linger: 0 })
    dealer.connect(endpoint)
    const body = Buffer.alloc(16, FLOOD)
    for (;;) await dealer.send(body)
  },

  async ping() {
    const dealer = new zmq.Dealer({ linger: 0 })
    dealer.connect(endpoint)
    const body = Buffer.alloc(16)
    const times = []
    const warm = performance.now() + 1000
    const end = warm + Number(duration)
    for (let now = performance.now(); now < end;) {
      await dealer.send(body)
      await dealer.receive()
      const after = performance.now()
      if (now > warm) times.push(after - now)
      now = after
    }
    times.sort((one, other) => one - other)
    process.send({ percentile: times[Math.floor(times.length * 0.99)] * 1000 })
  },
}

await roles[role]()
