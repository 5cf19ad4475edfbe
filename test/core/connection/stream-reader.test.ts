import { expect } from "chai"
import { StreamReader } from "../../../src/core/connection/stream-reader.js"
import type { SocketEnd } from "../../../src/core/pipe/pipe-end.js"
import type { SessionPipe } from "../../../src/core/pipe/session-pipe.js"
import { costOf } from "../../../src/zmtp/cost.js"
import { overBytes } from "../../../src/zmtp/over-bytes.js"
import { hex } from "../../support/cuts.js"
import { Loopback } from "../../support/loopback.js"
import { type Bench, budget, fails, sessionBenches } from "../../support/session-bench.js"
import { settle } from "../../support/settle.js"
import { COMMAND } from "../../support/vectors.js"

describe("StreamReader", () => {
  const create = sessionBenches()
  const queuedBytes = ({ pipe }: Bench): number => (pipe as SessionPipe & SocketEnd).queuedBytes

  it("stops reading while the socket is full, without losing messages", () => {
    const bench = create({ mark: 2 }).greet()
    bench.stream.say(hex("000161 000162 000163"))
    expect(bench.stream.paused).to.equal(false)
    bench.stream.say(hex("000164 000165"))
    expect([bench.stream.paused, bench.session.pipe?.requestRoom()]).to.deep.equal([true, false])
    expect(bench.received()).to.deep.equal(["a", "b", "c", "d", "e"])
    expect(bench.stream.paused).to.equal(false)
    bench.stream.say(hex("000166"))
    expect(bench.received()).to.deep.equal(["f"])
  })

  it("pauses and resumes the stream once, however often it is asked", () => {
    const bench = create()
    const calls: string[] = []
    const stream = Object.assign(new Loopback(), {
      pause: () => calls.push("pause"),
      resume: () => calls.push("resume"),
    })
    const reader = new StreamReader(stream, overBytes(bench.session.options), bench.session, fails)
    reader.resume()
    for (const chunk of ["01", "02"]) reader.wait(hex(chunk))
    expect([calls, reader.paused, reader.takeWaiting()]).to.deep.equal([["pause"], true, hex("02")])
    reader.resume()
    reader.resume()
    expect([calls, reader.paused]).to.deep.equal([["pause", "resume"], false])
  })

  it("counts the bytes of commands that messages keep in memory toward the limit of the pipe", () => {
    const bench = create().greet()
    bench.pipe.setMarks(0, 0, undefined, 1_000_000)
    const commands = Array.from({ length: 100 }, () => COMMAND.pong)
    bench.stream.say(...commands, hex("000161"))
    const size = Buffer.concat(commands).length
    expect(queuedBytes(bench)).to.be.at.least(costOf([hex("61")]) + size / 2)
    expect(bench.received()).to.deep.equal(["a"])
    expect(queuedBytes(bench)).to.equal(0)
  })

  it("counts only messages with a protocol that has no commands (STREAM)", () => {
    const bench = create({ socketType: "STREAM" })
    bench.pipe.setMarks(0, 0, undefined, 1_000_000)
    for (const text of ["GET /", "POST /"]) bench.stream.say(Buffer.from(text))
    const cost = costOf([Buffer.from("GET /")]) + costOf([Buffer.from("POST /")])
    expect(queuedBytes(bench)).to.equal(cost)
  })

  describe("while other connections wait for another turn", () => {
    /** Messages whose total size exceeds the limit for small messages. */
    const LARGE = Array.from({ length: 5 }, (_, index) => String(index).repeat(1000))
    const FRAMES = LARGE.map((body) => Buffer.concat([hex("02 00000000000003e8"), Buffer.from(body)]))

    beforeEach(async () => {
      await settle()
      while (budget.spend(1024 * 1024) === undefined);
      void budget.spend(0)
    })

    afterEach(settle)

    it("reads in another turn, and pauses until then", async () => {
      const bench = create().greet()
      bench.stream.say(...FRAMES)
      expect([bench.received(), bench.stream.paused]).to.deep.equal([[], true])
      await settle()
      expect([bench.received(), bench.stream.paused]).to.deep.equal([LARGE, false])
    })

    it("reads small chunks immediately", () => {
      const bench = create().greet()
      bench.stream.say(hex("000161 000162"))
      expect([bench.received(), bench.stream.paused]).to.deep.equal([["a", "b"], false])
    })

    it("continues to read a large body whose memory is reserved", () => {
      const bench = create().greet()
      bench.stream.say(hex("02 0000000000010000"), Buffer.alloc(1000))
      const room = bench.stream.owner!.requestRoom()!
      bench.stream.owner!.data(room.subarray(0, 5000))
      expect(bench.stream.owner!.requestRoom()!.byteOffset).to.equal(room.byteOffset + 5000)
    })

    it("delivers received messages after the connection is lost", async () => {
      const bench = create().greet()
      bench.take()
      bench.stream.say(...FRAMES)
      bench.stream.owner!.closed(undefined)
      expect(bench.take()).to.deep.equal([])
      await settle()
      expect([bench.received(), bench.take()]).to.deep.equal([LARGE, ["lost"]])
    })

    it("leaves the stream paused if receiving ends the connection", async () => {
      const bench = create().greet()
      expect(bench.pipe.receive()).to.equal(undefined)
      bench.stream.say(hex("02 0000000000001388"), Buffer.alloc(5000))
      expect(bench.stream.paused).to.equal(true)
      bench.socket.readActivated = () => {
        bench.session.abort()
      }
      await settle()
      expect([bench.stream.paused, bench.stream.state]).to.deep.equal([true, "destroyed"])
    })

    it("reads nothing after it has ended", async () => {
      const bench = create().greet()
      bench.stream.say(...FRAMES)
      bench.session.abort()
      await settle()
      expect(bench.received()).to.deep.equal([])
    })
  })
})
