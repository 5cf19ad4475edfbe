import { expect } from "chai"
import { HangUpError } from "../../../src/core/errors.js"
import type { Engine } from "../../../src/zmtp/engine.js"
import { overBytes } from "../../../src/zmtp/over-bytes.js"
import { hex } from "../../support/cuts.js"
import { decode } from "../../support/decode.js"
import { message } from "../../support/messages.js"
import { type Bench, sessionBenches } from "../../support/session-bench.js"
import { settle } from "../../support/settle.js"
import { GREETING_3_1, READY } from "../../support/vectors.js"

describe("Session", () => {
  const create = sessionBenches()

  describe("another connection", () => {
    it("receives messages that were sent in the meantime, and announces the peer again", async () => {
      const bench = create({ connecting: true }).greet()
      const broken = new Error("reset")
      bench.stream.owner!.closed(broken)
      expect([bench.take(), bench.error, bench.pipe.peer]).to.deep.equal([["ready", "lost"], broken, undefined])
      bench.pipe.send(message("meanwhile"))
      await settle()
      bench.connect()
      bench.stream.say(GREETING_3_1, READY.DEALER)
      expect(decode([bench.stream.take().subarray(64)]).at(-1)).to.deep.equal([0, "meanwhile"])
      expect(bench.socket.take()).to.deep.equal(["peerReady", "peerReady"])
    })

    it("is not affected by late events of the previous one", () => {
      const bench = create({ connecting: true }).greet()
      const { owner } = bench.stream
      owner!.closed(undefined)
      expect(bench.session.pipe!.sink).to.equal(undefined)
      bench.connect()
      bench.greet()
      owner!.closed(undefined)
      owner!.drained()
      expect(bench.take()).to.deep.equal(["ready", "lost", "ready"])
      bench.stream.say(hex("000161"))
      expect(bench.received()).to.deep.equal(["a"])
    })

    it("begins without a partial message of the previous one", () => {
      const bench = create({ connecting: true }).greet()
      bench.stream.say(hex("010161"))
      bench.stream.owner!.closed(undefined)
      bench.connect()
      bench.greet()
      bench.stream.say(hex("000162"))
      expect(bench.received()).to.deep.equal(["b"])
    })

    it("receives nothing from the previous one", () => {
      const bench = create({ connecting: true }).greet()
      bench.stream.owner!.closed(undefined)
      bench.stream.owner!.closed(undefined)
      bench.stream.owner!.data(hex("000161"))
      expect([bench.take(), bench.received()]).to.deep.equal([["ready", "lost"], []])
    })
  })

  describe("an empty message from the socket's own side", () => {
    /** Connects and disconnects so often that no more notifications go past the marks of the pipe. */
    function crowded(): Bench {
      const bench = create({ connecting: true, notifications: 3, mark: 1 })
      for (let count = 0; count < 40; count++) {
        bench.greet()
        bench.stream.owner!.closed(undefined)
        bench.connect()
      }
      return bench
    }

    it("waits until there is room, if there are many", () => {
      const bench = crowded()
      const { queued } = bench.pipe
      expect(queued).to.be.lessThan(80)
      // The last one reports that the peer has left.
      expect(bench.received().length).to.equal(queued + 1)
    })

    it("is delivered before the session closes the pipe", () => {
      const bench = crowded()
      const { queued } = bench.pipe
      bench.session.abort()
      expect(bench.received().length).to.equal(queued + 1)
    })

    it("is dropped if there is no pipe", () => {
      const bench = create({ connecting: true })
      bench.session.abort()
      bench.session.notify("lost", Buffer.from("lost"))
      expect(bench.received()).to.deep.equal([])
    })

    for (const [notifications, expected] of [
      [0, [[], []]],
      [1, [[""], []]],
      [2, [[], [""]]],
      [3, [[""], [""]]],
    ] as const) {
      it(`reports that a peer has connected and disconnected, according to the option: ${notifications}`, () => {
        const bench = create({ connecting: true, notifications }).greet()
        const came = bench.received()
        bench.stream.owner!.closed(undefined)
        expect([came, bench.received()]).to.deep.equal(expected)
      })
    }

    it("does not report a peer that leaves during the handshake", () => {
      const bench = create({ connecting: true, notifications: 3 })
      bench.stream.say(GREETING_3_1)
      bench.stream.owner!.closed(undefined)
      expect(bench.received()).to.deep.equal([])
    })
  })

  describe("a peer that closes without a reason", () => {
    const PLAIN = {
      mechanism: "PLAIN",
      asServer: false,
      username: Buffer.from("u"),
      password: Buffer.from("p"),
    } as const
    /** The greeting of a PLAIN server (RFC 37, "Greeting"). */
    const SERVER = hex(`ff00000000000000017f 03 01 504c41494e ${"00".repeat(15)} 01 ${"00".repeat(31)}`)
    /** WELCOME, then READY (RFC 24). */
    const ACCEPTED = [hex("04080757454c434f4d45"), READY.DEALER]

    it("may have rejected the credentials if it does so during the handshake", () => {
      const bench = create({ security: PLAIN })
      bench.stream.say(SERVER)
      bench.stream.owner!.closed(undefined)
      expect(bench.error).to.be.instanceOf(HangUpError)
      expect(bench.error!.message).to.include("during the PLAIN handshake")
    })

    it("has not rejected anything if it had accepted them, has not agreed on a mechanism, or an error occurred", () => {
      const reset = new Error("reset")
      for (const [said, error] of [
        [[SERVER, ...ACCEPTED], undefined],
        [[], undefined],
        [[SERVER], reset],
      ] as const) {
        const bench = create({ security: PLAIN })
        bench.stream.say(...said)
        bench.stream.owner!.closed(error)
        expect(bench.take()).to.deep.equal(said.length > 1 ? ["ready", "lost"] : ["lost in handshake"])
        expect(bench.error).to.equal(error)
      }
    })

    it("has not rejected credentials if there are none", () => {
      const bench = create()
      bench.stream.say(GREETING_3_1)
      bench.stream.owner!.closed(undefined)
      expect([bench.take(), bench.error]).to.deep.equal([["lost in handshake"], undefined])
    })
  })

  it("loses its connection if the socket refuses the peer", () => {
    const bench = create()
    const reason = new Error("routing id is taken")
    bench.openPipe = () => {
      throw reason
    }
    bench.greet()
    expect([bench.take(), bench.error, bench.stream.state]).to.deep.equal([["lost"], reason, "destroyed"])
  })

  describe("end", () => {
    it("is reported once", () => {
      const bench = create().greet()
      const pipe = bench.session.pipe!
      bench.session.abort()
      expect(bench.take()).to.deep.equal(["ready", "ended"])
      bench.session.abort()
      bench.session.finish()
      bench.session.linger(0)
      bench.session.pipeTerminated(pipe)
      expect(bench.take()).to.deep.equal([])
    })

    it("leaves no reference to the connection in the pipe, which the application may keep", async () => {
      const [finished, closed] = [create().greet(), create().greet()]
      const pipes = [finished.session.pipe!, closed.session.pipe!]
      finished.session.finish()
      closed.pipe.close()
      await settle()
      expect(pipes.map(({ sink }) => sink)).to.deep.equal([undefined, undefined])
    })

    it("closes the engine after everything is written, so that its keys are erased", () => {
      let engine: Engine | undefined
      const bench = create({ connecting: true, protocol: (options) => (engine = overBytes(options)) }).greet()
      bench.session.finish()
      expect([bench.stream.state, engine?.state]).to.deep.equal(["ending", "traffic"])
      bench.stream.finish()
      expect([bench.take(), engine?.state]).to.deep.equal([["ready", "ended"], "closed"])
    })

    it("destroys a stream that the peer has closed, when the rest of its data is dropped", () => {
      const bench = create({ mark: 1 }).greet()
      bench.stream.say(hex("000161 000162 000163"))
      bench.stream.owner!.closed(undefined)
      bench.take()
      bench.session.finish()
      expect([bench.take(), bench.stream.state]).to.deep.equal([["ended"], "destroyed"])
    })

    it("writes everything that was sent before the socket closed its pipe, then closes normally", async () => {
      const bench = create().greet()
      bench.pipe.send(message("last"))
      bench.pipe.close()
      await settle()
      expect([bench.written(), bench.stream.state, bench.take()]).to.deep.equal([["last"], "ending", ["ready"]])
      bench.stream.say(hex("000161"))
      bench.stream.finish()
      expect(bench.take()).to.deep.equal(["ended"])
      bench.session.abort()
      expect([bench.take(), bench.stream.state]).to.deep.equal([[], "ended"])
    })

    it("waits for a congested stream before it closes", async () => {
      const bench = create({ connecting: true }).greet()
      bench.stream.full = true
      bench.pipe.send(message("1"))
      await settle()
      bench.pipe.send(message("2"))
      bench.pipe.close()
      await settle()
      expect([bench.written(), bench.stream.state]).to.deep.equal([["1"], "open"])
      bench.stream.drain()
      expect([bench.written(), bench.stream.state]).to.deep.equal([["2"], "ending"])
    })

    it("ends if the peer closes first", async () => {
      const bench = create().greet()
      bench.pipe.close()
      await settle()
      expect(bench.stream.state).to.equal("ending")
      bench.stream.owner!.closed(undefined)
      expect([bench.take(), bench.stream.state]).to.deep.equal([["ready", "ended"], "destroyed"])
    })

    it("ends immediately if the socket closes before the handshake is complete and no message is queued", () => {
      const bench = create({ connecting: true })
      bench.pipe.close()
      expect([bench.take(), bench.stream.state]).to.deep.equal([["ended"], "destroyed"])
    })

    it("stops reading from the peer after `finish`, and writes what the socket has sent", async () => {
      const bench = create({ connecting: true }).greet()
      bench.pipe.send(message("last"))
      bench.session.finish()
      bench.session.finish()
      bench.stream.say(hex("000161"))
      expect([bench.written(), bench.received(), bench.stream.state]).to.deep.equal([["last"], [], "ending"])
      expect(bench.session.pipe).to.equal(undefined)
      bench.stream.finish()
      expect([bench.take(), bench.socket.take()]).to.deep.equal([
        ["ready", "ended"],
        ["peerReady", "pipeTerminated"],
      ])
      await settle()
    })

    it("drops data from the peer after `finish`", async () => {
      const bench = create().greet()
      bench.stream.full = true
      bench.pipe.send(message("1"))
      await settle()
      bench.pipe.send(message("2"))
      bench.session.finish()
      bench.stream.say(hex("000161"))
      expect([bench.received(), bench.stream.state]).to.deep.equal([[], "open"])
      bench.stream.drain()
      expect([bench.written(), bench.stream.state]).to.deep.equal([["1", "2"], "ending"])
    })

    it("has no pipe after the socket has closed it or has disconnected the peer", async () => {
      const [closed, evicted] = [create().greet(), create().greet()]
      closed.pipe.close()
      evicted.pipe.evict(new Error("too many subscriptions"))
      await settle()
      expect([closed.session.pipe, closed.stream.state]).to.deep.equal([undefined, "ending"])
      expect([evicted.session.pipe, evicted.stream.state]).to.deep.equal([undefined, "destroyed"])
    })

    it("ends immediately if `finish` is called before the handshake is complete", () => {
      const bench = create()
      bench.session.finish()
      expect([bench.take(), bench.stream.state]).to.deep.equal([["ended"], "destroyed"])
    })

    describe("linger (ZMQ_LINGER)", () => {
      /** A session with a message that the stream does not accept. */
      async function stuck(): Promise<Bench> {
        const bench = create().greet()
        bench.stream.full = true
        for (const item of ["1", "2"]) {
          bench.pipe.send(message(item))
          await settle()
        }
        bench.pipe.close()
        bench.take()
        return bench
      }

      it("ends immediately with 0", async () => {
        const bench = await stuck()
        bench.session.linger(0)
        expect([bench.take(), bench.stream.state]).to.deep.equal([["ended"], "destroyed"])
        expect(bench.socket.undeliveredTexts).to.have.length(1)
      })

      it("does not wait for unread data of a peer that has closed the connection", () => {
        for (const duration of [-1, 50]) {
          const bench = create({ mark: 1 }).greet()
          bench.stream.say(hex("000161 000162 000163"))
          bench.stream.owner!.closed(undefined)
          expect(bench.take()).to.deep.equal(["ready"])
          bench.session.linger(duration)
          expect([bench.take(), bench.stream.state]).to.deep.equal([["lost"], "destroyed"])
        }
      })

      it("keeps the process alive until it ends", async () => {
        for (const end of [(bench: Bench) => bench.clock.advance(50), (bench: Bench) => bench.session.linger(0)]) {
          const bench = await stuck()
          let holds = 0
          Object.assign(bench.runtime.keepAlive, { hold: () => holds++, release: () => holds-- })
          bench.session.linger(50)
          bench.session.linger(50)
          expect(holds).to.equal(1)
          end(bench)
          expect([bench.take(), holds]).to.deep.equal([["ended"], 0])
        }
      })

      it("may end the session that waits for unread data", () => {
        const bench = create({ mark: 1 }).greet()
        bench.stream.say(hex("000161 000162 000163"))
        bench.stream.owner!.closed(undefined)
        bench.sessionLost = () => {
          bench.session.abort()
        }
        bench.session.linger(50)
        expect([bench.take(), bench.clock.waiting]).to.deep.equal([["ready", "ended"], 0])
      })

      it("has no effect after the end", async () => {
        const bench = await stuck()
        let holds = 0
        Object.assign(bench.runtime.keepAlive, { hold: () => holds++, release: () => holds-- })
        bench.session.linger(50)
        bench.session.abort()
        expect([holds, bench.clock.waiting]).to.deep.equal([0, 0])
        for (const duration of [50, -1, 0]) bench.session.linger(duration)
        expect([holds, bench.clock.waiting, bench.take()]).to.deep.equal([0, 0, ["ended"]])
      })

      it("waits for the time that was set last", async () => {
        const bench = await stuck()
        bench.session.linger(50)
        bench.session.linger(100)
        bench.clock.advance(99)
        expect(bench.take()).to.be.empty
        bench.clock.advance(1)
        expect([bench.take(), bench.stream.state]).to.deep.equal([["ended"], "destroyed"])
        expect(bench.socket.undeliveredTexts).to.have.length(1)
        bench.session.linger(0)
        expect(bench.take()).to.be.empty
      })

      it("waits without limit with -1, and ends when everything is written", async () => {
        const bench = await stuck()
        bench.session.linger(-1)
        bench.clock.advance(1_000_000)
        expect(bench.take()).to.be.empty
        bench.stream.drain()
        bench.stream.finish()
        expect([bench.take(), bench.written()]).to.deep.equal([["ended"], ["1", "2"]])
      })
    })
  })
})
