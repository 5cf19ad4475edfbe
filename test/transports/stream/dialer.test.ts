import { expect } from "chai"
import { Dealer, Pull, Push, Request, type Event, type Socket } from "../../../src/index.js"
import { closing } from "../../support/closing.js"
import { hex } from "../../support/cuts.js"
import { DialBench } from "../../support/dialing.js"
import { settle } from "../../support/settle.js"
import { COMMAND, GREETING_3_1, READY } from "../../support/vectors.js"

/** The greeting of a peer that uses PLAIN. */
const GREETING_PLAIN = hex(`ff00000000000000017f 03 01 504c41494e ${"00".repeat(47)}`)

/** The messages "hello" and "x", each in one frame. */
const HELLO = hex("000568656c6c6f")

/** Data that a server may send instead of a complete handshake. */
const REFUSALS: readonly [what: string, ...said: Uint8Array[]][] = [
  ["another mechanism", GREETING_PLAIN],
  ["another socket type", GREETING_3_1, READY.PUB],
  ["ERROR", GREETING_3_1, COMMAND.error400],
  ["a message instead of a command", GREETING_3_1, HELLO],
]

interface Retry {
  readonly interval: number
  readonly error: Error & { code?: string }
}

describe("Dialer", () => {
  const use = closing()
  let bench: DialBench

  beforeEach(() => {
    bench = new DialBench()
  })

  /** The events of `socket`, in order. */
  function eventsOf(socket: Socket): Event[] {
    const events: Event[] = []
    void (async () => {
      for await (const event of socket.events) events.push(event)
    })()
    return events
  }

  const retries = (events: readonly Event[]): Retry[] =>
    events.filter(({ type }) => type === "connect:retry") as unknown as Retry[]

  function connected<S extends Socket>(socket: S): S {
    use(socket).connect("dial://server")
    return socket
  }

  describe("reconnects after every failure", () => {
    for (const [what, ...said] of REFUSALS) {
      it(`retries if the server answers with ${what}, and sends queued messages`, async () => {
        const push = connected(new Push({ context: bench.context }))
        await push.send("hello")
        const events = eventsOf(push)
        const first = bench.last.accept()
        first.say(...said)
        expect(first.state).to.equal("destroyed")
        await settle()
        const [retry] = retries(events)
        expect(retry?.interval).to.be.within(100, 199)
        expect(retry?.error).to.be.instanceOf(Error)
        bench.clock.advance(retry!.interval)
        expect(bench.attempts).to.have.length(2)
        const second = bench.last.accept()
        second.say(GREETING_3_1, READY.PULL)
        await settle()
        expect(second.take().subarray(-HELLO.length)).to.deep.equal(HELLO)
      })
    }

    it("retries after a message above maxMessageSize", async () => {
      const pull = connected(new Pull({ context: bench.context, maxMessageSize: 4 }))
      const events = eventsOf(pull)
      bench.last.accept().say(GREETING_3_1, READY.PUSH, HELLO)
      await settle()
      const [retry] = retries(events)
      expect(retry).to.not.equal(undefined)
      bench.clock.advance(retry!.interval)
      bench.last.accept().say(GREETING_3_1, READY.PUSH, hex("00026869"))
      expect(String(await pull.receive())).to.equal("hi")
    })

    it("retries after a malformed reply to a REQ", async () => {
      const request = connected(new Request({ context: bench.context }))
      const events = eventsOf(request)
      await request.send("question")
      bench.last.accept().say(GREETING_3_1, READY.REP, HELLO)
      await settle()
      const [retry] = retries(events)
      expect(retry).to.not.equal(undefined)
      bench.clock.advance(retry!.interval)
      expect(bench.attempts).to.have.length(2)
    })
  })

  describe("backoff", () => {
    /** The server accepts the connection, and sends an invalid handshake. */
    function fail(): void {
      bench.last.accept().say(...(REFUSALS[1]!.slice(1) as Uint8Array[]))
    }

    it("increases after each failed handshake, up to 30 s", async () => {
      const events = eventsOf(connected(new Push({ context: bench.context })))
      for (let count = 0; count < 12; count++) {
        fail()
        await settle()
        bench.clock.advance(retries(events)[count]!.interval)
      }
      const intervals = retries(events).map(({ interval }) => interval)
      for (const [index, interval] of intervals.entries()) {
        const shortest = Math.min(100 * 2 ** index, 30_000)
        expect(interval, `attempt ${index + 1}`).to.be.within(shortest, Math.min(2 * shortest, 30_000))
      }
      expect(intervals.at(-1)).to.equal(30_000)
    })

    it("is reset only by a complete handshake, not by a connection", async () => {
      const events = eventsOf(connected(new Push({ context: bench.context })))
      for (let count = 0; count < 3; count++) {
        fail()
        await settle()
        bench.clock.advance(retries(events)[count]!.interval)
      }
      const stream = bench.last.accept()
      stream.say(GREETING_3_1, READY.PULL)
      stream.owner!.closed(undefined)
      await settle()
      expect(retries(events)[3]!.interval).to.be.within(100, 199)
    })

    it("is limited by reconnectMaxInterval if it is set", async () => {
      const options = { context: bench.context, reconnectInterval: 10, reconnectMaxInterval: 25 }
      const events = eventsOf(connected(new Push(options)))
      for (let count = 0; count < 4; count++) {
        fail()
        await settle()
        bench.clock.advance(retries(events)[count]!.interval)
      }
      expect(retries(events).map(({ interval }) => interval)).to.deep.equal([10, 20, 25, 25])
    })

    it("does not increase if no socket listens and reconnectMaxInterval is 0, as in libzmq", async () => {
      const events = eventsOf(connected(new Push({ context: bench.context })))
      for (let count = 0; count < 5; count++) {
        bench.last.refuse()
        await settle()
        const { interval, error } = retries(events)[count]!
        expect(interval).to.be.within(100, 199)
        expect(error.code).to.equal("ECONNREFUSED")
        bench.clock.advance(interval)
      }
    })

    for (const reconnectInterval of [0, -1]) {
      it(`does not retry with reconnectInterval ${reconnectInterval}`, async () => {
        const push = connected(new Push({ context: bench.context, reconnectInterval }))
        const events = eventsOf(push)
        fail()
        await settle()
        expect(retries(events)).to.be.empty
        expect(bench.clock.waiting).to.equal(0)
        expect(() => push.disconnect("dial://server")).to.throw("No such endpoint")
      })
    }
  })

  describe("load balancing", () => {
    it("sends no new messages to an endpoint whose last handshake failed, until one is complete", async () => {
      const dealer = use(new Dealer({ context: bench.context, sendTimeout: 0 }))
      const events = eventsOf(dealer)
      dealer.connect("dial://bad")
      dealer.connect("dial://good")
      const [bad, good] = bench.attempts as [(typeof bench.attempts)[0], (typeof bench.attempts)[0]]
      for (const item of ["1", "2"]) await dealer.send(item)
      bad.accept().say(GREETING_3_1, READY.PUB)
      const healthy = good.accept()
      healthy.say(GREETING_3_1, READY.ROUTER)
      for (const item of ["3", "4"]) await dealer.send(item)
      await settle()
      expect(healthy.take().subarray(-9)).to.deep.equal(hex("000132 000133 000134"))
      bench.clock.advance(retries(events)[0]!.interval)
      const recovered = bench.last.accept()
      recovered.say(GREETING_3_1, READY.ROUTER)
      for (const item of ["5", "6"]) await dealer.send(item)
      await settle()
      // The message that was queued for this server is delivered, and the server takes part in the rotation again.
      expect(recovered.take().subarray(-6).toString("latin1")).to.match(/^\0\x011\0\x01[56]$/)
    })

    it("makes a send wait if there is no other endpoint", async () => {
      const push = connected(new Push({ context: bench.context }))
      const events = eventsOf(push)
      bench.last.accept().say(GREETING_3_1, READY.PUB)
      expect(push.writable).to.equal(false)
      const sent = push.send("late")
      await settle()
      bench.clock.advance(retries(events)[0]!.interval)
      const stream = bench.last.accept()
      stream.say(GREETING_3_1, READY.PULL)
      await sent
      await settle()
      expect(stream.take().subarray(-6)).to.deep.equal(hex("0004 6c617465"))
    })
  })

  describe("linger", () => {
    it("ends if the server refuses the client, and counts dropped messages", async () => {
      const push = connected(new Push({ context: bench.context }))
      for (const item of ["1", "2", "3"]) await push.send(item)
      const stream = bench.last.accept()
      push.close()
      expect(stream.state).to.equal("open")
      stream.say(GREETING_3_1, COMMAND.error400)
      expect(push.stats().dropped).to.equal(3)
      expect(bench.clock.waiting).to.equal(0)
      expect(bench.attempts).to.have.length(1)
    })

    it("makes one more attempt immediately if the last handshake had failed before", async () => {
      const push = connected(new Push({ context: bench.context }))
      await push.send("1")
      bench.last.accept().say(GREETING_3_1, READY.PUB)
      push.close()
      expect(bench.attempts).to.have.length(2)
      bench.last.accept().say(GREETING_3_1, READY.PUB)
      expect(push.stats().dropped).to.equal(1)
      expect(bench.clock.waiting).to.equal(0)
    })

    it("ends if the server disconnects twice in a row during the PLAIN handshake", async () => {
      const push = connected(new Push({ context: bench.context, plainUsername: "me", plainPassword: "wrong" }))
      await push.send("1")
      const hangUp = (): void => {
        const stream = bench.last.accept()
        stream.say(GREETING_PLAIN)
        stream.owner!.closed(undefined)
      }
      push.close()
      hangUp()
      bench.clock.advance(200)
      expect([bench.attempts.length, push.stats().dropped]).to.deep.equal([2, 0])
      hangUp()
      expect([bench.clock.waiting, push.stats().dropped]).to.deep.equal([0, 1])
    })

    it("continues if the connection is lost for another reason", async () => {
      const push = connected(new Push({ context: bench.context, reconnectInterval: 1 }))
      await push.send("hello")
      const stream = bench.last.accept()
      push.close()
      stream.owner!.closed(undefined)
      bench.clock.advance(2)
      expect(bench.attempts).to.have.length(2)
      const next = bench.last.accept()
      next.say(GREETING_3_1, READY.PULL)
      await settle()
      expect(next.take().subarray(-HELLO.length)).to.deep.equal(HELLO)
      next.finish()
      expect(push.stats().dropped).to.equal(0)
    })
  })

  describe("reconnectStop (ZMQ_RECONNECT_STOP)", () => {
    type Stop = NonNullable<Push["reconnectStop"]>
    const fault = (): void => {
      bench.last.accept().say(...(REFUSALS[0]!.slice(1) as Uint8Array[]))
    }
    const hangUp = (): void => {
      bench.last.accept().owner!.closed(undefined)
    }
    const loss = (): void => {
      const stream = bench.last.accept()
      stream.say(GREETING_3_1, READY.PULL)
      stream.owner!.closed(undefined)
    }
    const overLimit = (): void => {
      bench.last.accept().say(GREETING_3_1, READY.PULL, hex("02 ffffffffffffffff"))
    }
    const refused = (): void => {
      bench.last.refuse()
    }
    for (const [reconnectStop, stops, goesOn] of [
      [[], {}, { fault, hangUp, loss, overLimit, refused }],
      ["connectionRefused", { refused }, { fault, hangUp, loss, overLimit }],
      ["handshakeFailed", { fault, hangUp }, { loss, overLimit, refused }],
      ["protocolError", { fault, overLimit }, { hangUp, loss, refused }],
      ["afterDisconnect", {}, { fault, hangUp, loss, overLimit, refused }],
      [["connectionRefused", "protocolError"], { refused, fault, overLimit }, { hangUp, loss }],
    ] as [Stop, Record<string, () => void>, Record<string, () => void>][]) {
      for (const [failures, again] of [
        [stops, false],
        [goesOn, true],
      ] as const) {
        for (const [name, fail] of Object.entries(failures)) {
          it(`${again ? "retries" : "stops"} with ${JSON.stringify(reconnectStop)} after: ${name}`, async () => {
            const push = connected(new Push({ context: bench.context, reconnectStop }))
            await push.send("queued")
            const events = eventsOf(push)
            fail()
            await settle()
            expect(retries(events)).to.have.length(again ? 1 : 0)
            if (again) return
            expect(bench.clock.waiting).to.equal(0)
            expect(() => push.disconnect("dial://server")).to.throw("No such endpoint")
          })
        }
      }
    }

    it("ends lingering without a connection with afterDisconnect", async () => {
      const push = connected(new Push({ context: bench.context, reconnectStop: "afterDisconnect" }))
      await push.send("queued")
      push.disconnect("dial://server")
      expect(bench.last.canceled).to.equal(true)
      expect(push.stats().dropped).to.equal(1)
    })

    it("is set by names, a number, or null, and reads as names", () => {
      const push = use(new Push())
      expect(push.reconnectStop).to.deep.equal([])
      push.reconnectStop = "handshakeFailed"
      expect(push.reconnectStop).to.deep.equal(["handshakeFailed"])
      // ZMQ_RECONNECT_STOP_CONN_REFUSED | ZMQ_RECONNECT_STOP_AFTER_DISCONNECT
      push.reconnectStop = 5 as never
      expect(push.reconnectStop).to.deep.equal(["connectionRefused", "afterDisconnect"])
      push.reconnectStop = null
      expect(push.reconnectStop).to.deep.equal([])
      expect(() => (push.reconnectStop = "refused" as never)).to.throw("Invalid argument")
      expect(() => (push.reconnectStop = 8 as never)).to.throw("Invalid argument")
      expect(() => (push.reconnectStop = true as never)).to.throw(TypeError)
    })
  })
})
