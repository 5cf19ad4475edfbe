// Measures the memory that one peer and a thousand peers can make a socket keep at each limit: `npm run measure:limits`.
import { Radio } from "../../src/draft.js"
import { Publisher, Pull, XPublisher, type Socket } from "../../src/index.js"
import { collectGarbage } from "../support/garbage.js"
import type { Loopback } from "../support/loopback.js"
import { LoopTransport } from "../support/loop-transport.js"
import { GREETING, READY, type PeerType } from "../support/raw-peer.js"

/** The limit in bytes of each resource here: small, for a thousand peers at once. */
const LIMIT = 256 * 1024

/** What a stream in full flow brings at once. */
const CHUNK = 64 * 1024

/** A resource, the socket whose limit is `LIMIT`, and what a peer sends to get past it. */
interface Attack {
  readonly resource: string
  open(): Socket
  /** Chunks, each in memory of its own. Ends when the socket reads no more. */
  chunks(peer: number): Iterable<Buffer>
  readonly type: PeerType
  /** The peer leaves when it has sent everything. */
  readonly leaves?: true
  /** The handshake is part of `chunks`. */
  readonly silent?: true
}

const own = (...parts: Uint8Array[]): Buffer => {
  const whole = Buffer.concat(parts)
  const chunk = Buffer.allocUnsafeSlow(whole.length)
  chunk.set(whole)
  return chunk
}

/** A command of so many bytes with its header, which does nothing. */
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

/** Topics of which each two fork, and fork again: they take most memory. */
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

const pulling = (options = {}): Pull => new Pull({ receiveHighWaterMark: 0, linger: 0, ...options })

const ATTACKS: readonly Attack[] = [
  {
    resource: "messages of empty frames that wait",
    open: () => pulling({ receiveHighWaterBytes: LIMIT }),
    type: "PUSH",
    chunks: () => repeat(100, () => own(Buffer.alloc(20 * 10, "01000100010001000100010001000100010001000000", "hex"))),
  },
  {
    resource: "small messages that wait, between commands",
    open: () => pulling({ receiveHighWaterBytes: LIMIT }),
    type: "PUSH",
    chunks: () => repeat(40, () => own(Buffer.of(0, 1, 1), junk(CHUNK - 3))),
  },
  {
    resource: "a message that is not finished, between commands",
    open: () => pulling({ maxMultipartSize: LIMIT }),
    type: "PUSH",
    chunks: () =>
      repeat(100, () => own(...Array.from({ length: 15 }, () => Buffer.concat([Buffer.of(1, 1, 1), junk(4000)])))),
  },
  {
    resource: "a frame that is not finished",
    open: () => pulling({ maxMessageSize: LIMIT }),
    type: "PUSH",
    *chunks() {
      yield own(Buffer.of(2, 0, 0, 0, 0, 0, 4, 0, 0))
      for (let sent = 0; sent < 31; sent++) yield own(Buffer.alloc(LIMIT / 32))
    },
  },
  {
    resource: "topics at a PUB",
    open: () => new Publisher({ maxPeerSubscriptionBytes: LIMIT, maxSubscriptionBytes: 0, linger: 0 }),
    type: "SUB",
    chunks: (peer) => topics(two(peer), 200),
  },
  {
    resource: "topics at an XPUB, and its notifications",
    open: () =>
      new XPublisher({
        maxPeerSubscriptionBytes: LIMIT,
        maxSubscriptionBytes: 0,
        receiveHighWaterMark: 0,
        receiveHighWaterBytes: LIMIT,
        linger: 0,
      }),
    type: "SUB",
    chunks: (peer) => topics(two(peer), 200),
  },
  {
    resource: "groups at a RADIO",
    open: () => new Radio({ maxPeerSubscriptionBytes: LIMIT, maxSubscriptionBytes: 0, linger: 0 }),
    type: "DISH",
    chunks: (peer) => topics(two(peer), 500, true),
  },
  {
    resource: "messages of departed peers",
    open: () => pulling({ receiveHighWaterBytes: LIMIT }),
    type: "PUSH",
    leaves: true,
    chunks: () => repeat(100, () => own(Buffer.alloc(20 * 10, "01000100010001000100010001000100010001000000", "hex"))),
  },
  {
    resource: "a handshake that is not finished",
    open: () => pulling(),
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

/** Bytes kept for so many peers. */
async function measure(transport: LoopTransport, attack: Attack, peers: number): Promise<number> {
  const { type, leaves, silent } = attack
  const socket = attack.open()
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

const transport = new LoopTransport()
const kibibytes = (bytes: number): string => `${Math.round(bytes / 1024).toLocaleString("en-US")} KiB`
console.log(`Limit of each: ${kibibytes(LIMIT)}`)
for (const attack of ATTACKS) {
  await measure(transport, attack, 1) // Compiled code is kept, too.
  const one = await measure(transport, attack, 1)
  const thousand = await measure(transport, attack, 1000)
  console.log(`${attack.resource}: one peer ${kibibytes(one)}, a thousand ${kibibytes(thousand)}`)
}
