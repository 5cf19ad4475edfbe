import { expect } from "chai"
import { hex } from "../../support/cuts.js"
import { Loopback } from "../../support/loopback.js"
import { message } from "../../support/messages.js"
import { fails, fault, sessionBenches, type Bench } from "../../support/session-bench.js"
import { settle } from "../../support/settle.js"
import { COMMAND, GREETING_3_0 } from "../../support/vectors.js"

describe('Heartbeat (RFC 37, "Connection Heartbeating")', () => {
  const create = sessionBenches()

  /** Advances the clock: the connection is still open after `count` intervals, and lost after one more. */
  async function expectLostAfter(bench: Bench, count: number): Promise<void> {
    for (let passed = 0; passed <= count; passed++) {
      expect(bench.take().slice(passed === 0 ? 1 : 0)).to.be.empty
      bench.clock.advance(100)
      await settle()
    }
    expect(bench.take()).to.deep.equal(["lost"])
  }

  const beat = { heartbeatInterval: 100, heartbeatTimeToLive: 1200 }

  it("sends PING at every interval, with the time to live", () => {
    const bench = create(beat).greet()
    bench.clock.advance(99)
    expect(bench.stream.take()).to.be.empty
    bench.clock.advance(1)
    expect(bench.stream.take()).to.deep.equal(COMMAND.pingTtl1200)
    bench.stream.say(COMMAND.pong)
    bench.clock.advance(100)
    expect(bench.stream.take()).to.deep.equal(COMMAND.pingTtl1200)
  })

  it("disconnects a peer that does not answer within the interval", async () => {
    const bench = create(beat).greet()
    bench.clock.advance(199)
    await settle()
    expect(bench.take()).to.deep.equal(["ready"])
    bench.clock.advance(1)
    await settle()
    expect([bench.take(), bench.stream.state]).to.deep.equal([["lost"], "destroyed"])
    expect(bench.error?.message).to.equal("Timed out after 100 ms waiting for an answer to a heartbeat")
    expect(bench.clock.waiting).to.equal(0)
  })

  it("accepts any data as an answer, even in the turn in which the time is up", async () => {
    const bench = create(beat).greet()
    for (const bytes of [COMMAND.pong, hex("000161"), hex("00"), hex("00")]) {
      bench.clock.advance(100)
      bench.stream.say(bytes)
      await settle()
    }
    expect(bench.take()).to.deep.equal(["ready"])
  })

  it("waits as long as configured (ZMQ_HEARTBEAT_TIMEOUT)", async () => {
    const bench = create({ ...beat, heartbeatTimeout: 350 }).greet()
    bench.clock.advance(449)
    await settle()
    expect(bench.take()).to.deep.equal(["ready"])
    bench.clock.advance(1)
    await settle()
    expect(bench.take()).to.deep.equal(["lost"])
    const patient = create({ ...beat, heartbeatTimeout: 0 }).greet()
    patient.clock.advance(10_000)
    await settle()
    expect(patient.take()).to.deep.equal(["ready"])
  })

  it("sends PING at the shortest interval", () => {
    const bench = create({ heartbeatInterval: 1, heartbeatTimeout: 100 }).greet()
    bench.clock.advance(1)
    expect(bench.stream.take()).to.deep.equal(COMMAND.ping)
  })

  it("waits for an answer for the shortest time", async () => {
    const bench = create({ ...beat, heartbeatTimeout: 1 }).greet()
    bench.clock.advance(101)
    await settle()
    expect(bench.take()).to.deep.equal(["ready", "lost"])
  })

  it("ends with the connection, whatever it waits for", () => {
    const bench = create({ ...beat, connecting: true }).greet()
    bench.stream.say(COMMAND.pingTtl1200)
    bench.clock.advance(100)
    expect(bench.clock.waiting).to.equal(3)
    bench.stream.owner!.closed(undefined)
    expect([bench.take(), bench.clock.waiting]).to.deep.equal([["ready", "lost"], 0])
  })

  it("uses the PING of a stream that has its own, and the answer to it", async () => {
    const bench = create(beat)
    let pings = 0
    Object.assign(bench.stream, { ping: () => pings++ })
    bench.greet()
    for (let count = 1; count <= 3; count++) {
      bench.clock.advance(100)
      expect([pings, bench.stream.take()]).to.deep.equal([count, Buffer.alloc(0)])
      bench.stream.owner!.pingAnswered()
      await settle()
    }
    expect(bench.take()).to.deep.equal(["ready"])
    bench.clock.advance(100)
    bench.clock.advance(100)
    await settle()
    expect(bench.take()).to.deep.equal(["lost"])
  })

  it("sends the PING of the stream with a protocol that has no handshake", () => {
    const stream = new Loopback()
    let pings = 0
    Object.assign(stream, { ping: () => pings++ })
    const bench = create({ ...beat, socketType: "STREAM", connecting: true })
    bench.stream.owner!.closed(undefined)
    bench.connect(undefined, stream)
    bench.clock.advance(100)
    expect(pings).to.equal(1)
  })

  it("ends with the connection if a PING cannot be written", () => {
    const bench = create({ ...beat, connecting: true }).greet()
    bench.stream.write = fails
    bench.clock.advance(100)
    expect([bench.take(), bench.error, bench.clock.waiting]).to.deep.equal([["ready", "lost"], fault, 0])
  })

  it("lets the socket read what a silent peer had sent", async () => {
    const bench = create({ ...beat, mark: 1 }).greet()
    bench.clock.advance(100)
    bench.stream.say(hex("000161 000162 000163"))
    bench.clock.advance(100)
    bench.clock.advance(100)
    await settle()
    expect([bench.take(), bench.stream.state]).to.deep.equal([["ready"], "destroyed"])
    expect([bench.received(), bench.take()]).to.deep.equal([["a", "b", "c"], ["lost"]])
  })

  it("sends no PING to a peer of ZMTP 3.0", () => {
    const bench = create(beat).greet(GREETING_3_0)
    bench.clock.advance(1000)
    expect([bench.stream.take(), bench.clock.waiting]).to.deep.equal([Buffer.alloc(0), 0])
  })

  for (const [what, command] of [
    ["PING", COMMAND.ping],
    ["PONG", COMMAND.pong],
  ] as const) {
    it(`sends PINGs to a peer of ZMTP 3.0 that has sent ${what} itself`, async () => {
      const bench = create(beat).greet(GREETING_3_0)
      bench.stream.say(command)
      await settle()
      bench.stream.take()
      bench.clock.advance(100)
      expect(bench.stream.take()).to.deep.equal(COMMAND.pingTtl1200)
      bench.clock.advance(100)
      await settle()
      expect(bench.take()).to.deep.equal(["ready", "lost"])
    })
  }

  it("does not blame the peer for a PING that waits behind a message while bytes are being sent", async () => {
    const bench = create(beat).greet()
    const [message, ping] = [1_000_000, COMMAND.pingTtl1200.length]
    bench.stream.progress = { taken: 0, waiting: message + ping }
    bench.clock.advance(100)
    for (let taken = 10_000; taken < message; taken += 10_000) {
      bench.stream.progress = { taken, waiting: message + ping - taken }
      bench.clock.advance(100)
      await settle()
      expect(bench.take().slice(1), `${taken} bytes sent`).to.be.empty
    }
  })

  it("allows a PING that has just left this process the time that the link needs for the bytes ahead of it", async () => {
    const bench = create(beat).greet()
    const MIB = 1024 * 1024
    bench.stream.progress = { taken: 0, waiting: MIB }
    bench.clock.advance(100)
    // 1 MiB within an interval, so 8 MiB take eight more.
    bench.stream.progress = { taken: MIB, waiting: 0 }
    await expectLostAfter(bench, 9)
  })

  it("disconnects a peer that accepts no data for three times as long, even if a PING waits behind a message", async () => {
    const bench = create(beat).greet()
    bench.stream.progress = { taken: 0, waiting: 1_000_000 }
    bench.clock.advance(100)
    bench.stream.progress = { taken: 10_000, waiting: 990_000 }
    await expectLostAfter(bench, 3)
  })

  it("allows a PING the time that a slow link needs for the data in system buffers", async () => {
    const bench = create(beat).greet()
    bench.stream.full = true
    bench.pipe.send(message("large"))
    await settle()
    // The system accepts half a MiB in every second interval.
    const MIB = 1024 * 1024
    for (const taken of [4, 4, 4.5, 4.5]) {
      bench.stream.progress = { taken: taken * MIB, waiting: MIB }
      bench.clock.advance(100)
    }
    bench.stream.progress = { taken: 5 * MIB, waiting: 0 }
    bench.stream.drain()
    bench.clock.advance(100)
    // Up to 8 MiB may be queued ahead of the PING, which takes 32 intervals.
    await expectLostAfter(bench, 32)
  })

  it("allows less time once the link has sent part of that data", async () => {
    const bench = create(beat).greet()
    bench.stream.full = true
    bench.pipe.send(message("large"))
    await settle()
    const MIB = 1024 * 1024
    for (const taken of [1, 2, 3]) {
      bench.stream.progress = { taken: taken * MIB, waiting: MIB }
      bench.clock.advance(100)
    }
    bench.stream.progress = { taken: 4 * MIB, waiting: 0 }
    bench.stream.drain()
    // The first interval ends the congestion. In each later one, 1 MiB of 8 MiB is sent.
    for (let interval = 0; interval < 6; interval++) {
      bench.clock.advance(100)
      await settle()
      bench.stream.say(COMMAND.pong)
    }
    await expectLostAfter(bench, 3)
  })

  it("sends no PING while the stream is congested", async () => {
    const bench = create(beat).greet()
    bench.stream.full = true
    bench.pipe.send(message("1"))
    await settle()
    bench.stream.take()
    bench.clock.advance(1000)
    await settle()
    expect([bench.stream.take(), bench.take()]).to.deep.equal([Buffer.alloc(0), ["ready"]])
    bench.stream.drain()
    bench.clock.advance(100)
    expect(bench.stream.take()).to.deep.equal(COMMAND.pingTtl1200)
  })

  it("does not blame a peer while reading from it is paused", async () => {
    const bench = create({ ...beat, mark: 1 }).greet()
    bench.clock.advance(100)
    bench.stream.say(hex("000161 000162"))
    bench.stream.say(COMMAND.pong)
    expect(bench.stream.paused).to.equal(true)
    bench.clock.advance(1000)
    await settle()
    expect([bench.take(), bench.stream.state]).to.deep.equal([["ready"], "open"])
    expect(bench.received()).to.deep.equal(["a", "b"])
    bench.clock.advance(200)
    await settle()
    expect(bench.take()).to.deep.equal(["lost"])
  })

  it("disconnects a peer that is silent for longer than its time to live", async () => {
    const bench = create().greet()
    bench.stream.say(COMMAND.pingTtl1200)
    bench.clock.advance(1199)
    await settle()
    expect(bench.take()).to.deep.equal(["ready"])
    bench.clock.advance(1)
    await settle()
    expect(bench.take()).to.deep.equal(["lost"])
    expect(bench.error?.message).to.equal(
      "Timed out after 1200 ms waiting for data from the peer, whose PING set this limit",
    )
  })

  it("does not blame a peer for the time to live while reading from it is paused", async () => {
    const bench = create({ mark: 1 }).greet()
    bench.stream.say(hex("000161"), COMMAND.pingTtl1200, hex("000162 000163"))
    bench.stream.say(hex("000164"))
    // The socket receives one message, so the PING is read, but neither all messages nor the next chunk.
    bench.pipe.receive()
    expect([bench.stream.paused, bench.clock.waiting]).to.deep.equal([true, 1])
    bench.clock.advance(1200)
    await settle()
    expect([bench.take(), bench.stream.state]).to.deep.equal([["ready"], "open"])
  })

  it("disconnects a peer that stays silent after a later PING", async () => {
    const bench = create().greet()
    for (const bytes of [COMMAND.pingTtl1200, hex("000161"), COMMAND.pingTtl1200]) bench.stream.say(bytes)
    bench.clock.advance(1200)
    await settle()
    expect(bench.take()).to.deep.equal(["ready", "lost"])
  })

  it("does not expect an answer if the peer kept its announced time to live", async () => {
    const bench = create().greet()
    bench.stream.say(COMMAND.pingTtl1200)
    bench.stream.say(hex("000161"))
    bench.clock.advance(10_000)
    await settle()
    expect([bench.take(), bench.clock.waiting]).to.deep.equal([["ready"], 0])
  })
})
