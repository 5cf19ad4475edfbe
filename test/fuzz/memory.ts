// Measures the memory that a socket retains because of the data of a peer: `npm run fuzz -- --memory`.
import { Radio } from "../../src/draft.js"
import { Publisher, Pull, Router, XPublisher, type Socket } from "../../src/index.js"
import { randomOf } from "../../src/testing/random.js"
import { collectGarbage } from "../support/garbage.js"
import type { Loopback } from "../support/loopback.js"
import { LoopTransport } from "../support/loop-transport.js"
import { GREETING, READY } from "../support/raw-peer.js"

/**
 * Maximum number of bytes retained per received byte: an empty frame takes 2 bytes on the wire, and its view 104 bytes.
 */
export const AMPLIFICATION = 128

/** Limits of the sockets, in bytes. */
const LIMIT = 256 * 1024

/**
 * Maximum size that a connection may retain with these limits, in bytes: queued messages, whose chunks may be half
 * unused because frames that span two chunks are copied; and topics, groups, or notifications.
 */
const MOST = 3 * LIMIT

/**
 * Size that a connection may retain regardless of the data sent, in bytes: a queued chunk of 64 KiB, a chunk that is
 * being read, and an incomplete frame.
 */
const CONNECTION = 224 * 1024

/** Number of connections per batch, and of inputs per connection. */
const CONNECTIONS = 10
const INPUTS = 100

/** Size of a chunk when a stream delivers data at full speed. */
const CHUNK = 64 * 1024

type Random = () => number

const upTo = (random: Random, most: number): number => Math.floor(random() * (most + 1))

/** A frame with `body`, whose contents do not matter. */
function frame(flags: number, body: Uint8Array): Buffer {
  if (body.length < 256) return Buffer.concat([Buffer.of(flags, body.length), body])
  const header = Buffer.alloc(9)
  header[0] = flags | 0x02
  header.writeBigUInt64BE(BigInt(body.length), 1)
  return Buffer.concat([header, body])
}

/** A random length: mostly short, sometimes long. */
function length(random: Random): number {
  const kind = random()
  if (kind < 0.3) return upTo(random, 1)
  if (kind < 0.7) return upTo(random, 40)
  return kind < 0.95 ? upTo(random, 300) : upTo(random, 20_000)
}

/** A unique topic or group. */
function name(random: Random, size: number): Buffer {
  const bytes = Buffer.alloc(1 + (size % 200))
  for (let index = 0; index < bytes.length; index++) bytes[index] = random() < 0.5 ? 0 : upTo(random, 255)
  return bytes
}

const command = (text: string, body: Uint8Array): Buffer =>
  frame(0x04, Buffer.concat([Buffer.of(text.length), Buffer.from(text), body]))

/** Data that a peer may send any number of times. */
const STEPS: readonly ((random: Random, size: number) => Buffer)[] = [
  (_random, size) => frame(0, Buffer.alloc(size)),
  (_random, size) => frame(1, Buffer.alloc(size)),
  (_random, size) => command("JUNK", Buffer.alloc(size)),
  () => command("PING", Buffer.of(0, 0)),
  (random, size) => command("SUBSCRIBE", name(random, size)),
  (random, size) => command("CANCEL", name(random, size)),
  (random, size) => frame(0, Buffer.concat([Buffer.of(1), name(random, size)])),
  (random, size) => command("JOIN", name(random, size)),
]

interface Scene {
  readonly name: string
  readonly ready: Buffer
  open(): Socket
}

const receiving = { receiveHighWaterMark: 0, receiveHighWaterBytes: LIMIT, maxMultipartSize: LIMIT, linger: 0 }
const publishing = { maxPeerSubscriptionBytes: LIMIT, maxMultipartSize: LIMIT, linger: 0 }

const SCENES: readonly Scene[] = [
  { name: "PULL", ready: READY.PUSH, open: () => new Pull(receiving) },
  { name: "ROUTER", ready: READY.DEALER, open: () => new Router(receiving) },
  { name: "PUB", ready: READY.SUB, open: () => new Publisher(publishing) },
  { name: "XPUB", ready: READY.SUB, open: () => new XPublisher({ ...publishing, ...receiving }) },
  { name: "RADIO", ready: READY.DISH, open: () => new Radio(publishing) },
]

/** A connection whose data arrives in chunks as large as those of a stream at full speed. */
class Peer {
  received = 0
  #chunk: Buffer = Buffer.alloc(0)

  constructor(
    private readonly stream: Loopback,
    private readonly small: boolean,
  ) {}

  /** Every chunk has its own memory, as the chunks of a stream do. */
  send(bytes: Buffer): void {
    this.#chunk = this.#chunk.length === 0 ? bytes : Buffer.concat([this.#chunk, bytes])
    if (this.small || this.#chunk.length >= CHUNK) this.flush()
  }

  flush(): void {
    if (this.#chunk.length === 0) return
    const chunk = Buffer.allocUnsafeSlow(this.#chunk.length)
    chunk.set(this.#chunk)
    this.#chunk = Buffer.alloc(0)
    const { stream } = this
    if (stream.state !== "open" || stream.paused) return
    this.received += chunk.length
    stream.owner!.data(chunk)
    stream.take()
  }

  leave(): void {
    if (this.stream.state === "open") this.stream.owner!.closed(undefined)
  }
}

const used = (): number => {
  collectGarbage()
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/**
 * Runs one batch of connections, which all send the same sequence of inputs.
 * @throws Error if more memory is retained than allowed.
 */
async function play(transport: LoopTransport, seed: number): Promise<number> {
  const random = randomOf(seed)
  const scene = SCENES[upTo(random, SCENES.length - 1)]!
  const recipe = Array.from({ length: 1 + upTo(random, 4) }, () => ({
    step: upTo(random, STEPS.length - 1),
    size: length(random),
    times: random() < 0.8 ? 1 : 1 + upTo(random, 30),
  }))
  const [small, leaves] = [random() < 0.3, random() < 0.2]
  const socket = scene.open()
  await socket.bind("loop://memory")
  if (random() < 0.5) socket.events
  const before = used()
  const peers: Peer[] = []
  for (let count = 0; count < CONNECTIONS; count++) {
    const stream = transport.join("memory")
    const peer = new Peer(stream, small)
    peer.send(Buffer.concat([GREETING, scene.ready]))
    peers.push(peer)
    for (let input = 0; input < INPUTS; input++) {
      for (const { step, size, times } of recipe) {
        for (let time = 0; time < times; time++) peer.send(STEPS[step]!(random, size))
      }
    }
    peer.flush()
    if (leaves) peer.leave()
    await turn()
  }
  for (let wait = 0; wait < 20; wait++) await turn()
  const kept = used() - before
  const allowed = peers.reduce((sum, { received }) => sum + CONNECTION + Math.min(MOST, AMPLIFICATION * received), 0)
  socket.close()
  await turn()
  if (kept <= allowed) return kept / allowed
  const received = peers.reduce((sum, peer) => sum + peer.received, 0)
  const what = JSON.stringify({ scene: scene.name, recipe, small, leaves })
  throw new Error(`Seed ${seed} keeps ${kept} bytes for ${received} received; ${allowed} are allowed: ${what}`)
}

/** Runs at least `runs` inputs. `worst` is the largest fraction of the allowed memory that was retained. */
export async function fuzzMemory(runs: number, seed: number): Promise<{ inputs: number; worst: number }> {
  const transport = new LoopTransport()
  await play(transport, seed).catch(() => undefined) // Warm up: compiled code also takes memory.
  let worst = 0
  let inputs = 0
  for (let batch = 0; inputs < runs; batch++) {
    worst = Math.max(worst, await play(transport, seed + batch))
    inputs += CONNECTIONS * INPUTS
  }
  return { inputs, worst }
}
