import { expect } from "chai"
import fc from "fast-check"
import { PgmNetwork } from "../support/pgm-network.js"
import { received, reports } from "../support/pgm.js"
import type { Weather } from "../support/weather.js"

/** Numbered messages. Their sizes range from empty to several packets. */
function messages(count: number, seed = 1): Buffer[][] {
  return Array.from({ length: count }, (_, index) => {
    const size = (index * 7919 * seed) % 4001
    return [Buffer.from(String(index)), Buffer.alloc(index % 3 === 0 ? size : size % 50, index)]
  })
}

const numbers = (texts: string[][]) => texts.map(([number]) => Number(number))

/** Sends all messages, a few per ms, and returns what each receiver has received in the end. */
function exchange(network: PgmNetwork, all: Buffer[][], duration: number): string[][][] {
  const got: string[][][] = network.receivers.map(() => [])
  let next = 0
  network.sender.start(0)
  network.run(3)
  network.run(duration, () => {
    for (let count = 0; count < 3 && next < all.length && network.sender.writable; count++) {
      network.sender.push(all[next++]!, network.now)
    }
    network.sender.flush(network.now)
    network.receivers.forEach((receiver, index) => got[index]!.push(...received(receiver)))
  })
  expect(next).to.equal(all.length)
  return got
}

const WEATHERS: Readonly<Record<string, Weather>> = {
  "no loss": {},
  "1 % loss": { loss: 0.01 },
  "10 % loss": { loss: 0.1 },
  "losses in bursts": { bursts: 0.005, burst: 30 },
  duplicates: { duplication: 0.3 },
  "packets out of order": { reordering: 0.2 },
  "all of it": { loss: 0.1, bursts: 0.002, burst: 20, duplication: 0.1, reordering: 0.1 },
}

describe("a session over a lossy network", () => {
  for (const [name, weather] of Object.entries(WEATHERS)) {
    it(`delivers every message to every receiver exactly once and in order: ${name}`, () => {
      const network = new PgmNetwork(3, { ...weather, seed: 7 })
      const all = messages(600)
      const expected = all.map((message) => message.map((frame) => frame.toString("latin1")))
      for (const got of exchange(network, all, 6000)) expect(got).to.deep.equal(expected)
      for (const receiver of network.receivers) expect(reports(receiver)).to.deep.equal([])
      if ((weather.loss ?? 0) > 0) expect(network.receivers[0]!.repaired).to.be.above(0)
    }).timeout(20_000)
  }

  it("does so for any combination of faults", () => {
    fc.assert(
      fc.property(
        fc.record({
          loss: fc.double({ min: 0, max: 0.3, noNaN: true }),
          bursts: fc.double({ min: 0, max: 0.01, noNaN: true }),
          burst: fc.integer({ min: 1, max: 20 }),
          duplication: fc.double({ min: 0, max: 0.5, noNaN: true }),
          reordering: fc.double({ min: 0, max: 0.5, noNaN: true }),
          seed: fc.nat(),
        }),
        (weather) => {
          const network = new PgmNetwork(1, weather)
          const all = messages(60)
          const [got] = exchange(network, all, 8000)
          const [first] = numbers(got!)
          // If the network loses the first announcements or data packets, the receiver joins late.
          expect(numbers(got!)).to.deep.equal(all.map((_, index) => index).slice(first))
          expect(first).to.be.below(20)
          expect(reports(network.receivers[0]!)).to.deep.equal([])
        },
      ),
      { numRuns: 15, seed: 42 },
    )
  }).timeout(60_000)

  it("reports losses beyond the recovery interval, and delivers no incomplete or reordered messages", () => {
    const network = new PgmNetwork(
      2,
      { loss: 0.3, seed: 3 },
      { sender: { recoveryInterval: 20 }, receiver: { recoveryInterval: 60 } },
    )
    const all = messages(600)
    for (const [index, got] of exchange(network, all, 3000).entries()) {
      const order = numbers(got)
      expect(order.length).to.be.within(1, 599)
      expect(order).to.deep.equal([...new Set(order)].sort((a, b) => a - b))
      for (const [number, body] of got) {
        expect(body).to.equal(all[Number(number)]![1]!.toString("latin1"))
      }
      const losses = reports(network.receivers[index]!)
      expect(losses.length).to.be.above(0)
      expect(losses.every(({ kind }) => kind === "loss")).to.equal(true)
    }
  }).timeout(20_000)

  it("transfers messages of 8 MiB despite losses", () => {
    const network = new PgmNetwork(1, { loss: 0.02, seed: 5 })
    const body = Buffer.alloc(8 * 1024 * 1024, "abcdefg")
    const bodies: Uint8Array[] = []
    network.sender.start(0)
    network.run(3)
    network.sender.push([Buffer.from("large"), body], network.now)
    network.sender.flush(network.now)
    network.run(2000, () => {
      const message = network.receivers[0]!.receive()
      if (message !== undefined) bodies.push(message[1]!)
    })
    expect(bodies.map((received) => Buffer.compare(received, body))).to.deep.equal([0])
  }).timeout(60_000)

  it("lets a receiver that joins late begin with a complete message", () => {
    const network = new PgmNetwork(2, {})
    const all = messages(300)
    const late: string[][] = []
    let next = 0
    network.sender.start(0)
    network.run(400, () => {
      const [first, second] = network.receivers
      // The second receiver gets no packets for the first 50 ms.
      if (network.now < 50) Object.assign(second!, { packet: () => undefined })
      else if (Object.hasOwn(second!, "packet")) delete (second as { packet?: unknown }).packet
      if (next < all.length) network.sender.push(all[next++]!, network.now)
      network.sender.flush(network.now)
      received(first!)
      late.push(...received(second!))
    })
    const order = numbers(late)
    expect(order[0]).to.be.within(40, 60)
    expect(order).to.deep.equal(Array.from({ length: 300 - order[0]! }, (_, index) => order[0]! + index))
  })
})
