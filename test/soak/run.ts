// Runs all patterns at full speed over failing networks, for a given time.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { readOptions } from "../../scripts/options.mjs"
import * as zmq from "../../src/index.js"
import { FaultProxy } from "../../src/testing.js"
import { randomOf } from "../../src/testing/random.js"
import { Chaos, type Fault } from "./chaos.js"
import { GarbageServer } from "./garbage.js"
import { NO_ERRORS, CORRUPTED, CUT, Flow, type FlowRules } from "./flow.js"

/** Maximum growth of memory between the end of the warm-up and the end of the run, in bytes. */
const MOST_GROWTH = 24 * 1024 * 1024
const WARM_UP = 0.25

const values = readOptions("npm run soak -- [options]", {
  seconds: { type: "number", default: 60, above: 0, description: "duration" },
  seed: { type: "integer", description: "seed of the faults; random by default" },
  garbage: { type: "boolean", description: "replace servers by some that violate ZMTP from time to time" },
  "io-threads": { type: "integer", default: 0, description: "number of I/O threads" },
})
zmq.context.dedicatedIoThreads = values["io-threads"]
const { garbage, seconds } = values
/**
 * Maximum time until every flow has recovered from the last fault, in ms. It must be longer than `handshakeInterval`.
 * Reconnect delays grow this long only after 11 consecutive failed handshakes.
 */
const RECOVERY = 20_000
const seed = values.seed ?? Date.now() & 0x7fff_ffff
const folder = mkdtempSync(join(tmpdir(), "zmtp-soak-"))
const flows: Flow[] = []
const sockets: zmq.Socket[] = []
const proxies: FaultProxy[] = []
let over = false
const isOver = (): boolean => over

const OPTIONS = {
  linger: 0,
  reconnectInterval: 5,
  heartbeatInterval: 200,
  heartbeatTimeout: 1000,
  handshakeInterval: 5000,
  ...(garbage ? { reconnectMaxInterval: 200, handshakeInterval: 2000 } : {}),
}

/**
 * Limit for the messages of departed peers, in bytes. It is larger than necessary for this test, and so small that memory that is
 * counted but never released makes connections fail within minutes.
 */
const RECEIVE_HIGH_WATER_BYTES = 8 * 1024 * 1024

function flow(rules: FlowRules, ...ends: zmq.Socket[]): Flow {
  // The answers of wrong servers have the same effect on the correct sockets as corrupted data.
  const expected = garbage && rules.expected === CUT ? CORRUPTED : rules.expected
  const made = new Flow({ ...rules, expected }, seed + flows.length)
  flows.push(made)
  for (const end of ends) {
    if ("receiveHighWaterBytes" in end) end.receiveHighWaterBytes = RECEIVE_HIGH_WATER_BYTES
    made.watch(end)
    sockets.push(end)
  }
  return made
}

/** Binds `binding`, and returns the endpoint to connect to, which is that of a proxy if faults are wanted. */
async function reach(binding: zmq.Socket, endpoint: string, faulty: boolean): Promise<string> {
  await binding.bind(endpoint)
  if (!faulty) return binding.lastEndpoint!
  const proxy = await FaultProxy.start(binding.lastEndpoint!, { seed: seed + proxies.length })
  proxies.push(proxy)
  return proxy.endpoint
}

/**
 * Number of consecutive steps before timers and other flows run. Otherwise, a saturated event loop would only measure
 * its own budget.
 */
const IN_A_ROW = 100

/** Repeats `step` until the end of the run. Errors after that are ignored. */
async function endless(part: Flow, step: () => Promise<void>): Promise<void> {
  for (let count = 1; !isOver(); count++) {
    if (count % IN_A_ROW === 0) await turn()
    try {
      await step()
    } catch (error) {
      if (!isOver()) part.fault(String(error))
      return
    }
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

async function oneWay(
  rules: FlowRules,
  sender: zmq.Push | zmq.Pair,
  receiver: zmq.Pull | zmq.Pair,
  endpoint: string,
  faulty: boolean,
): Promise<void> {
  const part = flow(rules, sender, receiver)
  sender.connect(await reach(receiver, endpoint, faulty))
  void endless(part, () => sender.send(part.make()))
  void endless(part, async () => {
    part.take(await receiver.receive())
  })
}

async function start(): Promise<void> {
  const keys = { server: zmq.curveKeyPair(), client: zmq.curveKeyPair() }
  await oneWay(
    { name: "PUSH and PULL over inproc", lossless: true, expected: NO_ERRORS },
    new zmq.Push(OPTIONS),
    new zmq.Pull(OPTIONS),
    "inproc://soak",
    false,
  )
  await oneWay(
    { name: "PUSH and PULL over ipc", lossless: true, expected: NO_ERRORS },
    new zmq.Push(OPTIONS),
    new zmq.Pull(OPTIONS),
    `ipc://${folder}/socket`,
    false,
  )
  await oneWay(
    { name: "PUSH and PULL over tcp", lossless: true, expected: NO_ERRORS },
    new zmq.Push({ ...OPTIONS, heartbeatInterval: 0 }),
    new zmq.Pull({ ...OPTIONS, heartbeatInterval: 0 }),
    "tcp://127.0.0.1:*",
    false,
  )
  await oneWay(
    { name: "PUSH and PULL, cut", expected: CUT },
    new zmq.Push(OPTIONS),
    new zmq.Pull(OPTIONS),
    "tcp://127.0.0.1:*",
    true,
  )
  await oneWay(
    { name: "PAIR and PAIR, cut", expected: CUT },
    new zmq.Pair(OPTIONS),
    new zmq.Pair(OPTIONS),
    "tcp://127.0.0.1:*",
    true,
  )

  const publisher = new zmq.Publisher(OPTIONS)
  const subscriber = new zmq.Subscriber(OPTIONS)
  const news = flow({ name: "PUB and SUB, cut", expected: CUT }, publisher, subscriber)
  subscriber.subscribe("")
  subscriber.connect(await reach(publisher, "tcp://127.0.0.1:*", true))
  void endless(news, async () => {
    for (let count = 0; count < 100; count++) await publisher.send(news.make())
    await turn()
  })
  void endless(news, async () => {
    news.take(await subscriber.receive())
  })

  const xpublisher = new zmq.XPublisher(OPTIONS)
  const xsubscriber = new zmq.XSubscriber(OPTIONS)
  const xnews = flow({ name: "XPUB and XSUB, cut", expected: CUT }, xpublisher, xsubscriber)
  xsubscriber.connect(await reach(xpublisher, "tcp://127.0.0.1:*", true))
  await xsubscriber.send("\x01")
  void endless(xnews, async () => {
    for (let count = 0; count < 100; count++) await xpublisher.send(xnews.make())
    while (xpublisher.tryReceive() !== undefined);
    await turn()
  })
  void endless(xnews, async () => {
    xnews.take(await xsubscriber.receive())
  })

  const router = new zmq.Router({ ...OPTIONS, handover: true })
  const dealer = new zmq.Dealer({ ...OPTIONS, routingId: "dealer" })
  const echo = flow({ name: "DEALER and ROUTER and back, cut", expected: CUT }, router, dealer)
  dealer.connect(await reach(router, "tcp://127.0.0.1:*", true))
  void endless(echo, () => dealer.send(echo.make()))
  void endless(echo, async () => {
    await router.send(await router.receive())
  })
  void endless(echo, async () => {
    echo.take(await dealer.receive())
  })

  const reply = new zmq.Reply(OPTIONS)
  const request = new zmq.Request({ ...OPTIONS, relaxed: true, correlate: true, receiveTimeout: 2000 })
  const asked = flow({ name: "REQ and REP, cut", expected: CUT }, reply, request)
  request.connect(await reach(reply, "tcp://127.0.0.1:*", true))
  void endless(asked, async () => {
    await reply.send(await reply.receive())
  })
  void endless(asked, async () => {
    const question = asked.make()
    await request.send(question)
    try {
      const answer = await request.receive()
      if (String(answer[0]) !== question[0]) asked.fault(`${String(answer[0])} answers ${question[0]}`)
      asked.take(answer)
    } catch (error) {
      if ((error as { code?: string }).code !== "EAGAIN") throw error
    }
  })

  // Corrupted data is only detected if every frame is encrypted. It ends the connection, and sometimes the client is
  // replaced.
  const server = new zmq.Pull({
    ...OPTIONS,
    maxMessageSize: 1_000_000,
    curveServer: true,
    curveSecretKey: keys.server.secretKey,
    curvePublicKey: keys.server.publicKey,
  })
  const sealed = flow({ name: "PUSH and PULL with CURVE, corrupted", expected: CORRUPTED }, server)
  const address = await reach(server, "tcp://127.0.0.1:*", true)
  const corrupting = proxies.pop()!
  sealedProxy = corrupting
  corrupting.faults = { corruptEvery: 1_000_000 }
  void endless(sealed, async () => {
    const client = new zmq.Push({
      ...OPTIONS,
      sendTimeout: 3000,
      curvePublicKey: keys.client.publicKey,
      curveSecretKey: keys.client.secretKey,
      curveServerKey: keys.server.publicKey,
    })
    sealed.watch(client)
    client.connect(address)
    try {
      for (;;) {
        await client.send(sealed.make())
        if (sealed.sent % IN_A_ROW === 0) await turn()
      }
    } catch {
      // The send timed out: replace the client.
    } finally {
      client.close()
    }
    // Messages of the old connection are received before those of the new one.
    await new Promise((resolve) => setTimeout(resolve, 50))
  })
  void endless(sealed, async () => {
    sealed.take(await server.receive())
  })
}

let sealedProxy: FaultProxy | undefined

function memory(): number {
  ;(globalThis as { gc?: () => void }).gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

process.on("unhandledRejection", (error) => {
  throw error
})

console.log(`${seconds} s, seed ${seed}`)
await start()
const impostor = await GarbageServer.start(randomOf(seed))
const replace: Fault = (proxy, random) => impostor.replace(proxy, 20 + random() * 200)
const chaos = new Chaos(proxies, seed, garbage ? ["garbage", replace] : undefined)
const begin = performance.now()
const samples: number[] = []
const sampling = setInterval(() => samples.push(memory()), Math.max(500, (seconds * 1000) / 60))
while (performance.now() - begin < seconds * 1000) {
  await chaos.next()
  await new Promise((resolve) => setTimeout(resolve, 50))
}
const deaf = await unrecovered()
over = true
clearInterval(sampling)
impostor.close()
for (const socket of sockets) socket.close()
for (const proxy of [...proxies, sealedProxy!]) await proxy.close()
rmSync(folder, { recursive: true, force: true })

const settled = samples.slice(Math.ceil(samples.length * WARM_UP))
const third = Math.max(1, Math.floor(settled.length / 3))
const growth = median(settled.slice(-third)) - median(settled.slice(0, third))
const mib = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`
for (const { rules, sent, received, lost } of flows) {
  console.log(`${rules.name}: ${sent} sent, ${received} received, ${lost} missing in between`)
}
console.log([...chaos.injected].map(([name, count]) => `${name} ${count}`).join(", "))
console.log(
  `memory after collection: ${samples.map((size) => (size / 1024 / 1024).toFixed(0)).join(" ")} MiB, growth ${mib(growth)}`,
)

const faults = [...flows.flatMap((part) => part.faults), ...deaf]
for (const { rules, received } of flows) if (received === 0) faults.push(`${rules.name}: nothing came`)
if (growth > MOST_GROWTH) faults.push(`Memory has grown by ${mib(growth)}`)
for (const fault of faults) console.error(fault)
console.log(faults.length === 0 ? "passed" : "failed")
process.exitCode = faults.length === 0 ? 0 : 1

/** Waits without faults until every flow has received a new message. Returns the flows that have not. */
async function unrecovered(): Promise<string[]> {
  const before = new Map(flows.map((part) => [part, part.received]))
  const end = performance.now() + RECOVERY
  const silent = (): Flow[] => flows.filter((part) => part.received === before.get(part))
  while (silent().length > 0 && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 50))
  return silent().map(({ rules }) => `${rules.name}: nothing has come since the last fault`)
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
}
