// Measures how much memory one peer and a thousand peers can make a socket use at each limit.
import { once } from "node:events"
import { rm } from "node:fs/promises"
import { readOptions } from "../../scripts/options.mjs"
import { installPacked, packedEnvironment } from "../../scripts/packed/install.mjs"
import * as draft from "../../src/draft.js"
import * as zmq from "../../src/index.js"
import type { Task } from "../hostile/memory-host.js"
import { MemoryProcess } from "../hostile/memory-process.js"
import { collectGarbage } from "../support/garbage.js"
import type { Loopback } from "../support/loopback.js"
import { LoopTransport } from "../support/loop-transport.js"
import { GREETING, RawPeer, READY, type PeerType } from "../support/raw-peer.js"

/** The limit for each resource, in bytes. It is low, because a thousand peers reach it at the same time. */
const LIMIT = 256 * 1024

/** Size of a chunk when a stream delivers data at full speed, in bytes. */
const CHUNK = 64 * 1024

/** A resource, the socket whose limit is `LIMIT`, and the data with which a peer tries to exceed it. */
interface Attack {
  readonly resource: string
  readonly socket: Pick<Task, "type" | "options">
  /** Chunks that each have their own memory. Sending ends when the socket stops reading. */
  chunks(peer: number): Iterable<Buffer>
  readonly type: PeerType
  /** The peer disconnects after it has sent everything. */
  readonly leaves?: true
  /** The chunks include the handshake, or replace it. */
  readonly silent?: true
}

const own = (...parts: Uint8Array[]): Buffer => {
  const whole = Buffer.concat(parts)
  const chunk = Buffer.allocUnsafeSlow(whole.length)
  chunk.set(whole)
  return chunk
}

/** An unknown command of `size` bytes, including its header. */
const junk = (size: number): Buffer => {
  const command = Buffer.alloc(size)
  command.set([
    6,
    0,
    0,
    0,
    0,
    (size - 9) >>> 24,
    ((size - 9) >>> 16) & 255,
    ((size - 9) >>> 8) & 255,
    (size - 9) & 255,
    4,
  ])
  command.write("JUNK", 10)
  return command
}

function* repeat(count: number, chunk: () => Buffer): Iterable<Buffer> {
  for (let sent = 0; sent < count; sent++) yield chunk()
}

/** Topics that branch at every byte, which use the most memory. */
function* topics(prefix: Buffer, count: number, group = false): Iterable<Buffer> {
  for (let first = 0; first < count; first += 100) {
    const frames = Array.from({ length: 100 }, (_, index) => {
      const bits = Buffer.from(Array.from({ length: 11 }, (_, bit) => (((first + index) >> bit) & 1 ? 0xff : 0)))
      const name = Buffer.concat([prefix, bits])
      if (group) return Buffer.concat([Buffer.of(4, 5 + name.length, 4), Buffer.from("JOIN"), name])
      return Buffer.concat([Buffer.of(0, 1 + name.length, 1), name])
    })
    yield own(...frames)
  }
}

const two = (number: number): Buffer => Buffer.of(number >> 8, number & 255)

const pulling = (options = {}): Attack["socket"] => ({
  type: "Pull",
  options: { receiveHighWaterMark: 0, linger: 0, ...options },
})

const ATTACKS: readonly Attack[] = [
  {
    resource: "messages of empty frames that wait",
    socket: pulling({ receiveHighWaterBytes: LIMIT }),
    type: "PUSH",
    chunks: () => repeat(100, () => own(Buffer.alloc(20 * 10, "01000100010001000100010001000100010001000000", "hex"))),
  },
  {
    resource: "small messages that wait, between commands",
    socket: pulling({ receiveHighWaterBytes: LIMIT }),
    type: "PUSH",
    chunks: () => repeat(40, () => own(Buffer.of(0, 1, 1), junk(CHUNK - 3))),
  },
  {
    resource: "a message that is not finished, between commands",
    socket: pulling({ maxMultipartSize: LIMIT }),
    type: "PUSH",
    chunks: () =>
      repeat(100, () => own(...Array.from({ length: 15 }, () => Buffer.concat([Buffer.of(1, 1, 1), junk(4000)])))),
  },
  {
    resource: "a frame that is not finished",
    socket: pulling({ maxMessageSize: LIMIT }),
    type: "PUSH",
    *chunks() {
      yield own(Buffer.of(2, 0, 0, 0, 0, 0, 4, 0, 0))
      for (let sent = 0; sent < 31; sent++) yield own(Buffer.alloc(LIMIT / 32))
    },
  },
  {
    resource: "topics at a PUB",
    socket: { type: "Publisher", options: { maxPeerSubscriptionBytes: LIMIT, maxSubscriptionBytes: 0, linger: 0 } },
    type: "SUB",
    chunks: (peer) => topics(two(peer), 200),
  },
  {
    resource: "topics at an XPUB, and its notifications",
    socket: {
      type: "XPublisher",
      options: {
        maxPeerSubscriptionBytes: LIMIT,
        maxSubscriptionBytes: 0,
        receiveHighWaterMark: 0,
        receiveHighWaterBytes: LIMIT,
        linger: 0,
      },
    },
    type: "SUB",
    chunks: (peer) => topics(two(peer), 200),
  },
  {
    resource: "groups at a RADIO",
    socket: { type: "Radio", options: { maxPeerSubscriptionBytes: LIMIT, maxSubscriptionBytes: 0, linger: 0 } },
    type: "DISH",
    chunks: (peer) => topics(two(peer), 500, true),
  },
  {
    resource: "messages of departed peers",
    socket: pulling({ receiveHighWaterBytes: LIMIT }),
    type: "PUSH",
    leaves: true,
    chunks: () => repeat(100, () => own(Buffer.alloc(20 * 10, "01000100010001000100010001000100010001000000", "hex"))),
  },
  {
    resource: "a handshake that is not finished",
    socket: pulling(),
    type: "PUSH",
    silent: true,
    *chunks() {
      yield own(GREETING, Buffer.of(6, 0, 0, 0, 0, 0, 0, 0xff, 0xff))
      for (let sent = 0; sent < 15; sent++) yield own(Buffer.alloc(4096))
    },
  },
]

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function used(): number {
  collectGarbage()
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Memory that `peers` peers make the socket use, in bytes. */
async function measure(transport: LoopTransport, attack: Attack, peers: number): Promise<number> {
  const { type, leaves, silent } = attack
  const types = { ...zmq, ...draft }
  const socket: zmq.Socket = new types[attack.socket.type](attack.socket.options)
  await socket.bind("loop://limits")
  const before = used()
  const streams: Loopback[] = []
  for (let peer = 0; peer < peers; peer++) {
    const stream = transport.join("limits")
    streams.push(stream)
    if (silent !== true) stream.owner?.data(own(GREETING, READY[type]))
    for (const chunk of attack.chunks(peer)) {
      if (stream.state !== "open" || stream.paused) break
      stream.owner!.data(chunk)
      stream.take()
    }
    if (leaves === true && stream.state === "open") stream.owner?.closed(undefined)
    if (peer % 10 === 0) await turn()
  }
  for (let wait = 0; wait < 100; wait++) await turn()
  const kept = used() - before
  socket.close()
  await turn()
  return kept
}

/** Time without progress after which the other side counts as not reading, in ms. */
const FULL = 100

/** Writes `bytes`. Returns false if the other side has stopped reading or is closed. */
async function taken(peer: RawPeer, bytes: Uint8Array): Promise<boolean> {
  if (!peer.socket.writable) return false
  if (peer.socket.write(bytes)) return true
  const full = AbortSignal.timeout(FULL)
  return once(peer.socket, "drain", { signal: full }).then(
    () => true,
    () => false,
  )
}

/** Memory that `peers` peers make a process with the packed library use, in bytes. */
async function measurePacked(environment: NodeJS.ProcessEnv, attack: Attack, peers: number): Promise<number> {
  const closing: { close(): void }[] = []
  try {
    const task = { ...attack.socket, endpoint: "tcp://127.0.0.1:*" }
    const host = await MemoryProcess.start(task, (process) => closing.push(process), environment)
    for (let count = 0; count < peers; count++) {
      const peer = await RawPeer.connect(host.endpoint)
      closing.push(peer)
      if (attack.silent !== true) peer.write(Buffer.concat([GREETING, READY[attack.type]]))
      for (const chunk of attack.chunks(count)) if (!(await taken(peer, chunk))) break
      if (attack.leaves === true) peer.socket.end()
    }
    return (await host.kept()).bytes
  } finally {
    for (const each of closing) each.close()
  }
}

const kibibytes = (bytes: number): string => `${Math.round(bytes / 1024).toLocaleString("en-US")} KiB`

async function print(measured: (attack: Attack, peers: number) => Promise<number>): Promise<void> {
  console.log(`Limit of each: ${kibibytes(LIMIT)}`)
  for (const attack of ATTACKS) {
    const one = await measured(attack, 1)
    const thousand = await measured(attack, 1000)
    console.log(`${attack.resource}: one peer ${kibibytes(one)}, a thousand ${kibibytes(thousand)}`)
  }
}

const { packed } = readOptions("npm run measure:limits -- [options]", {
  packed: { type: "boolean", description: "measure a process with the packed library, over tcp" },
})
if (packed) {
  const project = await installPacked()
  const environment = packedEnvironment(project)
  try {
    await print((attack, peers) => measurePacked(environment, attack, peers))
  } finally {
    await rm(project, { recursive: true, force: true })
  }
} else {
  const transport = new LoopTransport()
  await print(async (attack, peers) => {
    if (peers === 1) await measure(transport, attack, 1) // Warm up: compiled code also takes memory.
    return measure(transport, attack, peers)
  })
}
process.exit()
