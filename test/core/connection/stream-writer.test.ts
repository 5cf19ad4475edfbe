import { expect } from "chai"
import { nodeScheduler } from "../../../src/platform/node/scheduler.js"
import { hex } from "../../support/cuts.js"
import { decode } from "../../support/decode.js"
import { message } from "../../support/messages.js"
import { broken, expectLost, fails, sessionBenches } from "../../support/session-bench.js"
import { settle } from "../../support/settle.js"
import { COMMAND, GREETING_3_1, READY } from "../../support/vectors.js"

describe("StreamWriter", () => {
  const create = sessionBenches()

  it("keeps the order if taking a message lets the socket send the next one immediately", async () => {
    const bench = create({ connecting: true, mark: 1 })
    expect([bench.pipe.send(message("1")), bench.pipe.send(message("2"))]).to.deep.equal([true, false])
    bench.socket.writeActivated = (pipe) => void pipe.send(message("2"))
    bench.stream.say(GREETING_3_1)
    bench.stream.take()
    bench.stream.say(READY.DEALER)
    await settle()
    expect(bench.written()).to.deep.equal(["1", "2"])
  })

  it("sends messages that the socket has queued in the meantime only when the current one is complete", async () => {
    const bench = create({ connecting: true })
    bench.pipe.send(message("early"))
    await settle()
    bench.stream.say(GREETING_3_1)
    await settle()
    expect(bench.stream.take()).to.deep.equal(Buffer.concat([GREETING_3_1, READY.DEALER]))
    bench.stream.say(READY.DEALER)
    expect(bench.written()).to.deep.equal(["early"])
  })

  it("uses the memory of written messages again only when the system has accepted them", async () => {
    const bench = create({ connecting: true }).greet()
    const { stream } = bench
    const send = async (item: string): Promise<void> => {
      bench.pipe.send(message(item))
      await settle()
    }
    // The stream has not accepted the bytes yet, so they must not change, whatever is sent next.
    stream.flushed = false
    for (const item of ["first", "second"]) await send(item)
    stream.full = true
    await send("third")
    stream.drain()
    // Longer than everything before it, including the handshake.
    const long = "fourth".repeat(100)
    await send(long)
    expect(bench.written()).to.deep.equal(["first", "second", "third", long])
    // The bytes are accepted once the stream has room again.
    const offsets: number[] = []
    stream.write = (pieces) => {
      offsets.push(...pieces.map(({ byteOffset }) => byteOffset))
      return true
    }
    stream.flushed = true
    stream.drain()
    for (const item of ["fifth", "sixth"]) await send(item)
    expect(offsets).to.deep.equal([0, 0])
  })

  it("releases messages of the pipe only when the system has accepted those that it has referenced", async () => {
    const bench = create({ connecting: true }).greet()
    const { stream } = bench
    let released = 0
    bench.session.pipe!.releaseReceived = () => released++
    const releases = async (size: number): Promise<boolean> => {
      released = 0
      bench.pipe.send([Buffer.alloc(size)])
      await settle()
      return released > 0
    }
    stream.flushed = false
    // Small bodies are copied when they are encoded.
    expect(await releases(100)).to.equal(true)
    // Large bodies are written without copying.
    expect(await releases(50_000)).to.equal(false)
    expect(await releases(100)).to.equal(false)
    stream.flushed = true
    expect(await releases(100)).to.equal(true)
    expect(await releases(50_000)).to.equal(true)
  })

  it("releases the previous message before it takes the next, so that a pipe of large messages never runs out of memory", async () => {
    const bench = create({ connecting: true })
    const { stream } = bench
    const pipe = bench.session.pipe!
    // As from another thread.
    Object.defineProperty(pipe, "sink", { get: () => undefined, set: () => undefined })
    bench.greet()
    let released = 0
    pipe.releaseReceived = () => released++
    stream.write = () => {
      stream.flushed = false
      return true
    }
    for (const body of ["a", "b", "c"]) {
      stream.flushed = true
      released = 0
      bench.pipe.send([Buffer.alloc(50_000, body)])
      await settle()
      expect(released, body).to.equal(1)
    }
  })

  it("releases messages that waited in the pipe as soon as they are written, before it takes the next", () => {
    const bench = create({ connecting: true })
    const events: string[] = []
    bench.session.pipe!.releaseReceived = () => events.push("released")
    bench.stream.say(GREETING_3_1)
    for (const size of [100_000, 100_000]) bench.pipe.send([Buffer.alloc(size)])
    bench.stream.flushed = true
    bench.stream.write = () => {
      events.push("written")
      return true
    }
    bench.stream.say(READY.DEALER)
    const [first, second] = [events.indexOf("written"), events.lastIndexOf("written")]
    expect(second).to.be.greaterThan(first)
    expect(events.slice(first, second)).to.include("released")
  })

  it("leaves messages in the pipe when the stream has no more room", () => {
    const bench = create({ connecting: true })
    bench.stream.full = true
    for (const last of ["1", "2", "3"]) bench.pipe.send([Buffer.alloc(100_000), Buffer.from(last)])
    bench.greet()
    bench.stream.owner!.drained()
    expect(bench.session.pipe!.queued).to.equal(2)
  })

  it("writes single bytes, and counts what it writes", async () => {
    const bench = create({ socketType: "STREAM", connecting: true })
    bench.pipe.send(message("x"))
    await settle()
    bench.pipe.send(message("yz"))
    await settle()
    expect([bench.stream.take().toString(), bench.counters.bytesOut]).to.deep.equal(["xyz", 3])
  })

  it("writes nothing if there is nothing to write", async () => {
    const bench = create({ connecting: true }).greet()
    let writes = 0
    bench.stream.write = () => {
      writes++
      return true
    }
    bench.session.readActivated()
    bench.stream.drain()
    await settle()
    expect(writes).to.equal(0)
  })

  it("writes all messages of a turn at once, at its end", async () => {
    const bench = create({ connecting: true }).greet()
    for (const item of ["1", "2"]) bench.pipe.send(message(item))
    expect(bench.written()).to.be.empty
    await settle()
    expect(bench.written()).to.deep.equal(["1", "2"])
  })

  it("schedules one flush for all messages of a turn", async () => {
    const bench = create({ connecting: true }).greet()
    let booked = 0
    bench.runtime.afterMicrotasks = (task) => {
      booked++
      nodeScheduler.afterMicrotasks(task)
    }
    for (let count = 0; count < 10; count++) bench.pipe.send(message(String(count)))
    expect(booked).to.equal(1)
    await settle()
    bench.pipe.send(message("next"))
    expect(booked).to.equal(2)
    await settle()
    for (let count = 0; count < 10; count++) bench.stream.say(COMMAND.ping)
    expect(booked).to.equal(3)
    await settle()
  })

  it("keeps the order if taking a message makes the socket finish the session", () => {
    const bench = create({ connecting: true, mark: 1 })
    expect([bench.pipe.send(message("1")), bench.pipe.send(message("2"))]).to.deep.equal([true, false])
    bench.socket.writeActivated = (pipe) => {
      pipe.send(message("2"))
      bench.session.finish()
    }
    bench.stream.say(GREETING_3_1)
    bench.stream.take()
    bench.stream.say(READY.DEALER)
    expect([bench.written(), bench.stream.state]).to.deep.equal([["1", "2"], "ending"])
  })

  it("writes nothing after the session has ended", async () => {
    const bench = create({ connecting: true }).greet()
    bench.pipe.send(message("unsent"))
    bench.session.abort()
    await settle()
    expect([bench.stream.take(), bench.take()]).to.deep.equal([Buffer.alloc(0), ["ready", "ended"]])
  })

  it("writes small messages that waited in the pipe together", async () => {
    const bench = create({ connecting: true }).greet()
    bench.stream.full = true
    bench.pipe.send(message("first"))
    await settle()
    bench.stream.take()
    for (let count = 0; count < 10; count++) bench.pipe.send(message(String(count)))
    let writes = 0
    bench.stream.write = () => {
      writes++
      return true
    }
    bench.stream.drain()
    expect(writes).to.equal(1)
  })

  it("writes nothing after the stream is gone, even if its data is still being read", async () => {
    const bench = create({ connecting: true, mark: 1 }).greet()
    bench.stream.say(hex("000161 000162 000163"))
    bench.pipe.send(message("unsent"))
    bench.stream.owner!.closed(undefined)
    await settle()
    expect(bench.stream.take()).to.be.empty
    bench.pipe.send(message("later"))
    bench.stream.drain()
    expect(bench.received()).to.deep.equal(["a", "b", "c"])
    expect(bench.take()).to.deep.equal(["ready", "lost"])
    bench.connect()
    bench.stream.say(GREETING_3_1, READY.DEALER)
    expect(decode([bench.stream.take().subarray(64)]).at(-1)).to.deep.equal([0, "later"])
  })

  for (const [when, full, last] of [
    ["has room", false, "last"],
    ["is congested", true, "last"],
    ["has room after a large message", false, "x".repeat(100_000)],
    ["is congested by a large message", true, "x".repeat(100_000)],
  ] as const) {
    it(`ends the stream once, after the last message that the socket sent before it closed, if the stream ${when}`, async () => {
      const bench = create({ connecting: true }).greet()
      bench.stream.full = true
      bench.pipe.send(message("first"))
      await settle()
      bench.pipe.send(message(last))
      bench.pipe.close()
      let ends = 0
      bench.stream.end = () => {
        ends++
      }
      bench.stream.full = full
      bench.stream.owner!.drained()
      expect([bench.written(), ends]).to.deep.equal([["first", last], 1])
    })
  }

  it("informs the stream whether pieces are memory of the application", async () => {
    const bench = create({ connecting: true }).greet()
    const told: unknown[] = []
    bench.stream.write = (pieces: readonly Uint8Array[], borrowed?: boolean) => {
      told.push(
        borrowed,
        pieces.some((piece) => piece.length >= 10_000),
      )
      return true
    }
    bench.pipe.send(message("small"))
    await settle()
    bench.pipe.send(message("large".repeat(2000)))
    await settle()
    expect(told).to.deep.equal([false, false, true, true])
  })

  it("writes immediately when much data is pending, from the socket or from the pipe", () => {
    const large = "x".repeat(64 * 1024)
    const bench = create({ connecting: true })
    bench.pipe.send(message(large))
    bench.greet()
    expect(bench.session.pipe?.queued).to.equal(0)
    bench.pipe.send(message(large))
    expect(bench.written()).to.deep.equal([large])
  })

  it("stops while the stream is congested, and continues when it has room", async () => {
    const bench = create({ mark: 2 }).greet()
    bench.stream.full = true
    bench.pipe.send(message("1"))
    await settle()
    for (const item of ["2", "3"]) expect(bench.pipe.send(message(item))).to.equal(true)
    expect([bench.pipe.send(message("4")), bench.pipe.requestRoom()]).to.deep.equal([false, false])
    await settle()
    expect(bench.written()).to.deep.equal(["1"])
    bench.stream.drain()
    expect(bench.written()).to.deep.equal(["2", "3"])
    expect(bench.socket.take()).to.include("writeActivated")
  })

  it("answers any number of PINGs once while the stream is congested", async () => {
    const bench = create().greet()
    bench.stream.full = true
    bench.pipe.send(message("1"))
    await settle()
    bench.stream.take()
    for (let count = 0; count < 100; count++) bench.stream.say(COMMAND.ping)
    await settle()
    expect(bench.stream.take()).to.be.empty
    bench.stream.drain()
    expect(bench.stream.take()).to.deep.equal(COMMAND.pong)
  })

  describe("an exception that is not the peer's fault ends the connection, and is reported", () => {
    it("when messages that waited for the connection are written", async () => {
      const bench = create({ connecting: true, protocol: broken("write") })
      bench.pipe.send(message("1"))
      bench.greet()
      expectLost(bench, "ready", "lost")
      await settle()
      expect(bench.take()).to.deep.equal([])
    })

    it("when a message is written immediately, but not before the socket has sent it", async () => {
      const bench = create({ connecting: true, protocol: broken("write") }).greet()
      expect([bench.pipe.send(message("1")), bench.take()]).to.deep.equal([true, ["ready"]])
      await settle()
      expectLost(bench, "lost")
    })

    it("and later messages of the same turn wait for the next connection", async () => {
      const bench = create({ connecting: true, protocol: broken("write") }).greet()
      for (const item of ["lost", "kept"]) bench.pipe.send(message(item))
      expect(bench.session.pipe!.queued).to.equal(1)
      await settle()
      bench.connect()
      bench.stream.say(GREETING_3_1, READY.DEALER)
      await settle()
      expect(decode([bench.stream.take().subarray(64)]).at(-1)).to.deep.equal([0, "kept"])
    })

    it("when the stream throws", async () => {
      const bench = create({ connecting: true }).greet()
      bench.stream.write = fails
      bench.pipe.send(message("1"))
      await settle()
      expectLost(bench, "ready", "lost")
    })
  })
})
