import { expect } from "chai"
import { Publisher, Subscriber, XPublisher, XSubscriber, type EventOfType } from "../src/index.js"
import { epgm } from "../src/transports/epgm/epgm.js"
import { nodePlatform } from "../src/platform/node/index.js"
import { closing } from "../test/support/closing.js"
import { freePort } from "../test/support/endpoints.js"
import { lossyEpgm } from "../test/support/lossy-network.js"
import { hasMulticast } from "../test/support/multicast.js"
import type { Weather } from "../test/support/weather.js"
import { RUNTIME } from "../test/support/runtime.js"
import { skip } from "../test/support/skip.js"
import { digestOf, EpgmPeer, messagesOf, PYTHON, type FrameShape } from "./support/epgm.js"
import { createNamespace, type Namespace } from "./support/namespace.js"

/** 1 Gbit/s, in kbit/s. */
const FAST = 1_000_000

/** Messages of one to four frames. Some of them span several packets. */
const MIXED: FrameShape[][] = Array.from({ length: 300 }, (_, index) => {
  const size = (index * 7919) % 5000
  return index % 3 === 0 ? [[index % 256, size % 60]] : index % 3 === 1 ? [] : [[1, 0], [index % 256, size], [2, 3]] // prettier-ignore
})

const SIZES = [0, 1, 252, 253, 254, 255, 1434, 1435, 1436, 1437, 1446, 1448, 2892, 65_535, 65_536, 1_048_576, 8_388_608]

const WEATHERS: Readonly<Record<string, Weather>> = {
  "no loss": {},
  "1 % loss": { loss: 0.01 },
  "10 % loss": { loss: 0.1 },
  "losses in bursts": { bursts: 0.01, burst: 20, losses: 3 },
  "duplicates and packets out of order": { duplication: 0.1, reordering: 0.1 },
}

/** The type of SPMs, without which libzmq cannot join a session. */
const SPARED = [0x00]

const REUSES_PORTS = !/^v(20|22\.([0-9]|1[01]))\./.test(process.version)

/** Endpoints of the two sides, and the command that runs a program on the other side. */
interface Place {
  readonly ours: string
  readonly theirs: string
  readonly enter: readonly string[]
}

describe("epgm:// with libzmq", function () {
  this.timeout(60_000)
  const closed = closing()
  const peers: EpgmPeer[] = []
  let namespace: Namespace | undefined
  let groups = 0

  before(function () {
    if (PYTHON === undefined) skip(this, "no Python with a libzmq that has PGM")
  })

  afterEach(async () => {
    nodePlatform.transports.set("epgm", epgm)
    await Promise.all(peers.splice(0).map((peer) => peer.close()))
  })

  after(() => namespace?.close())

  /** Returns a place in another network namespace, or skips the test if that is not possible. */
  async function apart(test: Mocha.Context): Promise<Place> {
    if (namespace === undefined) {
      const created = createNamespace()
      if (typeof created === "string") {
        skip(test, created)
      }
      namespace = created
    }
    const { near, far, enter } = namespace
    return place(near.ipv4, far.ipv4, enter)
  }

  async function place(near: string, far: string, enter: readonly string[] = [], v6 = false): Promise<Place> {
    const id = ++groups
    const group = v6
      ? `[ff15::${process.pid.toString(16)}:${id}]`
      : `239.${(process.pid >> 8) & 255}.${process.pid & 255}.${id}`
    const port = await freePort()
    return { ours: `epgm://${near};${group}:${port}`, theirs: `epgm://${far};${group}:${port}`, enter }
  }

  function peer(role: "pub" | "sub", { theirs, enter }: Place, rate = FAST): EpgmPeer {
    const peer = new EpgmPeer(enter, role, theirs, rate)
    peers.push(peer)
    return peer
  }

  /**
   * Publishes greetings until each of `subscribers` has received one from each of `publishers`, and then an SPM. Before its
   * first SPM, libzmq does not request lost packets.
   */
  async function joined(
    publishers: readonly (Publisher | XPublisher)[],
    subscribers: readonly EpgmPeer[],
  ): Promise<void> {
    let waiting = subscribers.length
    for (const subscriber of subscribers) void heard(subscriber, publishers.length).then(() => waiting--)
    while (waiting > 0) {
      for (const [index, publisher] of publishers.entries()) await publisher.send(["hello", `ours ${index}`])
      await turn()
    }
    for (const publisher of publishers) {
      const { bytesOut } = publisher.stats()
      while (publisher.stats().bytesOut === bytesOut) await turn()
    }
  }

  /** Waits until `subscriber` has received greetings of `count` publishers. */
  async function greeted(subscriber: Subscriber | XSubscriber, count: number): Promise<void> {
    const names = new Set<string>()
    while (names.size < count) names.add((await subscriber.receive())[1]!.toString())
  }

  async function heard(subscriber: EpgmPeer, count: number): Promise<unknown[]> {
    const all: unknown[] = []
    while (all.length < count) all.push(await subscriber.next())
    return all
  }

  /** Receives `count` messages that are not greetings. */
  async function received(subscriber: Subscriber | XSubscriber, count: number): Promise<[number, string][]> {
    const all: [number, string][] = []
    for await (const message of subscriber) {
      if (message[0]!.toString() !== "hello") all.push(digestOf(message))
      if (all.length === count) break
    }
    return all
  }

  async function subscribe(endpoint: string, rate = FAST): Promise<Subscriber> {
    const subscriber = closed(new Subscriber({ rate, receiveHighWaterMark: 0 }))
    subscriber.subscribe()
    await subscriber.bind(endpoint)
    return subscriber
  }

  /** Sends `shapes` from this library to libzmq. */
  async function toThem(where: Place, shapes: FrameShape[][], rate = FAST): Promise<void> {
    const subscriber = peer("sub", where, rate)
    const publisher = closed(new Publisher({ rate, sendHighWaterMark: 0, linger: 0 }))
    await publisher.bind(where.ours)
    await joined([publisher], [subscriber])
    const messages = messagesOf(shapes)
    for (const message of messages) await publisher.send(message)
    expect(await heard(subscriber, messages.length)).to.deep.equal(messages.map(digestOf))
  }

  /** Sends `shapes` from libzmq to this library. */
  async function toUs(where: Place, shapes: FrameShape[][], rate = FAST): Promise<Subscriber> {
    const subscriber = await subscribe(where.ours, rate)
    const publisher = peer("pub", where, rate)
    await subscriber.receive()
    publisher.publish(shapes)
    const messages = messagesOf(shapes)
    expect(await received(subscriber, messages.length)).to.deep.equal(messages.map(digestOf))
    expect(subscriber.stats().dropped).to.equal(0)
    return subscriber
  }

  for (const [name, weather] of Object.entries(WEATHERS)) {
    it(`delivers every message to libzmq exactly once and in order: ${name}`, async function () {
      const where = await apart(this)
      nodePlatform.transports.set("epgm", lossyEpgm({ ...weather, seed: 11, spared: SPARED }))
      await toThem(where, MIXED)
    })

    it(`receives every message of libzmq exactly once and in order: ${name}`, async function () {
      const where = await apart(this)
      nodePlatform.transports.set("epgm", lossyEpgm({ ...weather, seed: 12 }))
      const subscriber = await toUs(where, MIXED)
      if ((weather.loss ?? 0) >= 0.1) expect(subscriber.stats().repaired).to.be.above(0)
    })
  }

  it("transfers 0 B to 8 MiB to libzmq at 1 Gbit/s", async function () {
    await toThem(await apart(this), SIZES.map((size) => [[7, size], [8, 1]])) // prettier-ignore
  })

  it("transfers 0 B to 8 MiB from libzmq at 1 Gbit/s", async function () {
    await toUs(await apart(this), SIZES.map((size) => [[7, size], [8, 1]])) // prettier-ignore
  })

  it("transfers small messages at the default rate, in both directions", async function () {
    const small: FrameShape[][] = Array.from({ length: 50 }, (_, index) => [[index, 20]])
    await toThem(await apart(this), small, 100)
    await toUs(await apart(this), small, 100)
  })

  it("supports IPv6, in both directions", async function () {
    await apart(this)
    const { near, far, enter } = namespace!
    await toThem(await place(near.ipv6, far.ipv6, enter, true), MIXED.slice(0, 30))
    nodePlatform.transports.set("epgm", lossyEpgm({ loss: 0.1, seed: 2 }))
    await toUs(await place(near.ipv6, far.ipv6, enter, true), MIXED.slice(0, 30))
  })

  it("supports several publishers and subscribers on either side, with 10 % packet loss", async function () {
    const where = await apart(this)
    nodePlatform.transports.set("epgm", lossyEpgm({ loss: 0.1, seed: 21, spared: SPARED }))
    const subscribers = [await subscribe(where.ours), await subscribe(where.ours)]
    const theirSubscribers = [peer("sub", where), peer("sub", where)]
    const publishers = [new Publisher(), new XPublisher()].map((publisher) =>
      closed(Object.assign(publisher, { rate: FAST, sendHighWaterMark: 0, linger: 0 })),
    )
    for (const publisher of publishers) await publisher.bind(where.ours)
    const theirPublishers = [peer("pub", where), peer("pub", where)]
    // Only single frames, because libzmq mixes up the frames of messages that arrive from several sources at the same time.
    const shapes: FrameShape[][] = Array.from({ length: 200 }, () => [])
    const messages = messagesOf(shapes)
    const perSource = messages.length
    const greetings = subscribers.map((subscriber) => greeted(subscriber, 4))
    await joined(publishers, theirSubscribers)
    await Promise.all(greetings)
    const ours = subscribers.map((subscriber) => received(subscriber, 4 * perSource))
    for (const theirs of theirPublishers) theirs.publish(shapes)
    for (const message of messages) for (const publisher of publishers) await publisher.send(message)
    for (const each of ours) expect(sorted(await each)).to.deep.equal(sorted(repeated(messages.map(digestOf), 4)))
    for (const each of theirSubscribers) {
      expect(sorted(await heard(each, 2 * perSource))).to.deep.equal(sorted(repeated(messages.map(digestOf), 2)))
    }
  })

  it("filters messages of libzmq by topic in a SUB, but not in an XSUB", async function () {
    const where = await apart(this)
    const subscriber = closed(new Subscriber({ rate: FAST }))
    subscriber.subscribe("1", "hello")
    await subscriber.bind(where.ours)
    const every = closed(new XSubscriber({ rate: FAST }))
    await every.bind(where.ours)
    const publisher = peer("pub", where)
    await Promise.all([subscriber.receive(), every.receive()])
    const shapes: FrameShape[][] = Array.from({ length: 20 }, () => [])
    publisher.publish(shapes)
    const numbers = (all: [number, string][]) => all.map(([number]) => number)
    expect(numbers(await received(subscriber, 11))).to.deep.equal([1, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19])
    expect(numbers(await received(every, 20))).to.deep.equal([...Array(20).keys()])
  })

  it("reports packets that libzmq can no longer repair, and continues with whole messages", async function () {
    const where = await apart(this)
    nodePlatform.transports.set("epgm", lossyEpgm({ loss: 0.2, seed: 31 }))
    const subscriber = closed(new Subscriber({ rate: FAST, receiveHighWaterMark: 0, recoveryInterval: 10 }))
    subscriber.subscribe()
    const losses: EventOfType<"loss">[] = []
    subscriber.events.on("loss", (event) => losses.push(event))
    await subscriber.bind(where.ours)
    const publisher = peer("pub", where)
    await subscriber.receive()
    publisher.publish(MIXED)
    const expected = new Map(messagesOf(MIXED).map(digestOf))
    const numbers: number[] = []
    // The last message may be lost, and nothing follows it. Therefore, a timeout ends the loop.
    subscriber.receiveTimeout = 1500
    try {
      for (;;) {
        const message = await subscriber.receive()
        if (message[0]!.toString() === "hello") continue
        const [number, digest] = digestOf(message)
        expect(digest).to.equal(expected.get(number))
        numbers.push(number)
      }
    } catch (error) {
      expect(error).to.have.property("code", "EAGAIN")
    }
    expect(numbers).to.deep.equal([...new Set(numbers)].sort((a, b) => a - b))
    expect(numbers.length).to.be.within(1, 299)
    expect(losses.length).to.be.above(0)
    const lost = losses.reduce((sum, { first, last }) => sum + ((last - first) | 0) + 1, 0)
    expect(lost).to.equal(subscriber.stats().dropped)
    expect(losses[0]!.address).to.equal(where.ours)
  })

  it("works over loopback in both directions, with 10 % packet loss", async function () {
    if (RUNTIME === "Deno") skip(this, "Deno ignores reusePort, without which it cannot share a port with libzmq")
    if (!REUSES_PORTS) skip(this, "Node shares ports with libzmq from 22.12 on")
    if (!(await hasMulticast())) skip(this, "no multicast over loopback")
    nodePlatform.transports.set("epgm", lossyEpgm({ loss: 0.1, seed: 5, spared: SPARED }))
    await toThem(await place("127.0.0.1", "127.0.0.1"), MIXED)
    await toUs(await place("127.0.0.1", "127.0.0.1"), MIXED)
  })
})

/** A pause between greetings. Receivers join a group without notifying the sender, so there is no event to wait for. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20))
}

function repeated<T>(items: readonly T[], times: number): T[] {
  return Array.from({ length: times }, () => items).flat()
}

function sorted(items: readonly unknown[]): string[] {
  return items.map((item) => JSON.stringify(item)).sort()
}
