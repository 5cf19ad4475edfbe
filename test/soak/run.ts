// All patterns at full speed, through networks that fail, for a given time.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { readOptions } from "../../scripts/options.mjs"
import * as zmq from "../../src/index.js"
import { FaultProxy } from "../../src/testing.js"
import { randomOf } from "../../src/testing/random.js"
import { Chaos, type Deed } from "./chaos.js"
import { GarbageServer } from "./garbage.js"
import { CALM, CORRUPTED, CUT, Flow, type FlowRules } from "./flow.js"

/** Memory may be so much more at the end than it was after the first part, in bytes. */
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
/** How long it may take until every flow has gone on after the last fault, in ms. */
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
  ...(garbage ? { reconnectMaxInterval: 200, handshakeInterval: 2000 } : {}),
}

function flow(rules: FlowRules, ...ends: zmq.Socket[]): Flow {
  // What servers answer in place of others is as good as wrong bits in what the right ones do.
  const expected = garbage && rules.expected === CUT ? CORRUPTED : rules.expected
  const made = new Flow({ ...rules, expected }, seed + flows.length)
  flows.push(made)
  for (const end of ends) {
    made.watch(end)
    sockets.push(end)
  }
  return made
}

/** Where to connect to reach `binding`: through a proxy where faults are wanted. */
async function reach(binding: zmq.Socket, endpoint: string, faulty: boolean): Promise<string> {
  await binding.bind(endpoint)
  if (!faulty) return binding.lastEndpoint!
  const proxy = await FaultProxy.start(binding.lastEndpoint!, { seed: seed + proxies.length })
  proxies.push(proxy)
  return proxy.endpoint
}

/** Steps in a row before timers and other flows have their turn: a saturated loop would only measure its own budget. */
const IN_A_ROW = 100

/** Until the time is over; what a socket then rejects with is of no interest. */
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
    { name: "PUSH and PULL over inproc", lossless: true, expected: CALM },
    new zmq.Push(OPTIONS),
    new zmq.Pull(OPTIONS),
    "inproc://soak",
    false,
  )
  await oneWay(
    { name: "PUSH and PULL over ipc", lossless: true, expected: CALM },
    new zmq.Push(OPTIONS),
    new zmq.Pull(OPTIONS),
    `ipc://${folder}/socket`,
    false,
  )
  await oneWay(
    { name: "PUSH and PULL over tcp", lossless: true, expected: CALM },
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

  // Wrong bits are found where every frame is sealed. They end the connection, and sometimes the client is made again.
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
      // Nobody takes any more: another one.
    } finally {
      client.close()
    }
    // What the old connection has brought is received before the new one's.
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
const replace: Deed = (proxy, random) => impostor.replace(proxy, 20 + random() * 200)
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
console.log([...chaos.deeds].map(([name, count]) => `${name} ${count}`).join(", "))
console.log(
  `memory after collection: ${samples.map((size) => (size / 1024 / 1024).toFixed(0)).join(" ")} MiB, growth ${mib(growth)}`,
)

const faults = [...flows.flatMap((part) => part.faults), ...deaf]
for (const { rules, received } of flows) if (received === 0) faults.push(`${rules.name}: nothing came`)
if (growth > MOST_GROWTH) faults.push(`Memory has grown by ${mib(growth)}`)
for (const fault of faults) console.error(fault)
console.log(faults.length === 0 ? "passed" : "failed")
process.exitCode = faults.length === 0 ? 0 : 1

/** Waits until something new has come in every flow, now that nothing interferes; says where nothing has. */
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
