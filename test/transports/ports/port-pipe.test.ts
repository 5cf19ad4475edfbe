import { expect } from "chai"
import type { PipeEndOptions, PipeLimits } from "../../../src/core/pipe/pipe-limits.js"
import { PortPipe, type PortLine } from "../../../src/transports/ports/port-pipe.js"
import { costOf } from "../../../src/zmtp/cost.js"
import { message, text } from "../../support/messages.js"
import { Recorder } from "../../support/recorder.js"

/** The other end of a pipe, played by the test. Records what is sent over the line. */
class RemoteLine implements PortLine {
  readonly sent: string[] = []
  frames: readonly Uint8Array[] = []

  send(frames: readonly Uint8Array[]): void {
    this.frames = frames
    this.sent.push(frames.map((frame) => Buffer.from(frame).toString()).join("|"))
  }

  acknowledge(count: number): void {
    this.sent.push(`received ${count}`)
  }

  limits({ sendMark, receiveMark }: PipeLimits): void {
    this.sent.push(`limits ${String(sendMark)} ${String(receiveMark)}`)
  }

  introduce({ socketType }: { socketType: string }): void {
    this.sent.push(`I am ${socketType}`)
  }

  end(): void {
    this.sent.push("end")
  }

  take(): string[] {
    return this.sent.splice(0)
  }
}

const PEER = { socketType: "PULL", routingId: Uint8Array.of(0x61) }
/** Default limits of sockets; 0 means no limit. */
const LIMITS: PipeLimits = { sendMark: 1000, receiveMark: 1000, sendBytes: 0, receiveBytes: 0 }

function create(options: PipeEndOptions = {}) {
  const owner = new Recorder()
  const line = new RemoteLine()
  return { pipe: new PortPipe(owner, { ...LIMITS, ...options }, line), owner, line }
}

/** A pipe that the other end has accepted with these limits. */
function accepted(options: PipeEndOptions = {}, limits: PipeLimits = {}) {
  const created = create(options)
  created.pipe.accepted(PEER, { ...LIMITS, ...limits })
  created.owner.take()
  return created
}

const fill = (pipe: PortPipe): number => {
  let count = 0
  while (count < 100 && pipe.send(message(String(count)))) count++
  return count
}

describe("PortPipe", () => {
  describe("before the other end is accepted", () => {
    it("queues messages up to its own mark, and posts them in order when it is", () => {
      const { pipe, owner, line } = create({ sendMark: 2 })
      expect([fill(pipe), pipe.inFlight, line.take()]).to.deep.equal([2, 2, []])
      pipe.accepted(PEER, { ...LIMITS, receiveMark: 3 })
      expect(line.take()).to.deep.equal(["0", "1"])
      expect(pipe.peer).to.deep.equal({ socketType: "PULL", routingId: Buffer.from("a") })
      expect(owner.take()).to.deep.equal(["peerReady", "writeActivated"])
      expect(fill(pipe)).to.equal(3)
    })

    it("can take back what is queued", () => {
      const { pipe, line } = create()
      fill(pipe)
      const lost: string[] = []
      pipe.discardSent((each) => lost.push(...text(each)!))
      expect([lost.length, pipe.inFlight]).to.deep.equal([100, 0])
      pipe.accepted(PEER, LIMITS)
      expect(line.take()).to.deep.equal([])
    })

    it("keeps queued messages when it closes, and ends after posting them", () => {
      const { pipe, owner, line } = create()
      pipe.send(message("a"))
      pipe.close()
      expect(line.take()).to.deep.equal([])
      pipe.accepted(PEER, LIMITS)
      expect([line.take(), owner.take()]).to.deep.equal([["a", "end"], []])
    })

    it("ends immediately when it closes if nothing is queued", () => {
      const { pipe, line } = create()
      pipe.close()
      pipe.close()
      expect(line.take()).to.deep.equal(["end"])
    })
  })

  describe("sending", () => {
    it("accepts as many messages as both marks together, and continues when half were received", () => {
      const { pipe, owner } = accepted({ sendMark: 4 }, { receiveMark: 6 })
      expect([fill(pipe), pipe.inFlight, pipe.writable]).to.deep.equal([10, 10, false])
      expect(pipe.acknowledged(4)).to.equal(true)
      expect([owner.take(), pipe.requestRoom()]).to.deep.equal([[], false])
      expect(pipe.acknowledged(1)).to.equal(true)
      expect([owner.take(), pipe.requestRoom()]).to.deep.equal([["writeActivated"], true])
    })

    it("rejects a report of more messages than are in flight", () => {
      const { pipe } = accepted()
      pipe.send(message("a"))
      expect([pipe.acknowledged(2), pipe.inFlight, pipe.acknowledged(1), pipe.inFlight]).to.deep.equal([
        false,
        1,
        true,
        0,
      ])
    })

    it("accepts as many bytes as both limits together and one more message", () => {
      const cost = costOf(message("0"))
      const { pipe } = accepted({ sendMark: 0, sendBytes: 2 * cost }, { receiveMark: 0, receiveBytes: 3 * cost })
      expect(fill(pipe)).to.equal(5)
    })

    it("passes the marks with messages that must not wait", () => {
      const { pipe, line } = accepted({ sendMark: 1, receiveMark: 1 }, { receiveMark: 1, sendMark: 1 })
      fill(pipe)
      line.take()
      pipe.sendPastMark(message("urgent"))
      expect([line.take(), pipe.inFlight]).to.deep.equal([["urgent"], 3])
    })

    it("copies frames, so that the application keeps its memory", () => {
      const { pipe, line } = accepted()
      const frame = Buffer.from("body")
      pipe.send([frame, Buffer.alloc(0)])
      expect(line.frames.map(({ buffer }) => buffer === frame.buffer)).to.deep.equal([false, false])
      expect(line.frames.map(({ byteLength, buffer }) => buffer.byteLength - byteLength)).to.deep.equal([0, 0])
    })

    it("accepts any number of messages if only the newest one counts, for either side", () => {
      for (const { pipe } of [
        accepted({ sendMark: 1, conflatesSent: true }),
        accepted({ sendMark: 1 }, { conflatesReceived: true }),
      ]) {
        expect(fill(pipe)).to.equal(100)
      }
    })

    it("pauses while it is held", () => {
      const { pipe, owner } = accepted()
      pipe.hold()
      expect([pipe.writable, pipe.send(message("a"))]).to.deep.equal([false, false])
      pipe.release()
      expect([owner.take(), pipe.send(message("a"))]).to.deep.equal([["writeActivated"], true])
    })

    it("applies and announces changed marks", () => {
      const { pipe, owner, line } = accepted({ sendMark: 1 }, { receiveMark: 1 })
      expect(fill(pipe)).to.equal(2)
      line.take()
      pipe.setMarks(9, 5)
      expect([line.take(), owner.take(), fill(pipe)]).to.deep.equal([["limits 9 5"], ["writeActivated"], 8])
      pipe.setRemoteLimits({ ...LIMITS, receiveMark: 21 })
      expect([owner.take(), fill(pipe)]).to.deep.equal([["writeActivated"], 20])
    })
  })

  describe("receiving", () => {
    it("announces the first message after none was found, and delivers all in order", () => {
      const { pipe, owner } = accepted()
      for (const body of ["a", "b"]) pipe.take([Buffer.from(body)])
      expect([owner.take(), pipe.queued, pipe.readable]).to.deep.equal([["readActivated"], 2, true])
      expect([text(pipe.receive()), text(pipe.receive()), pipe.receive()]).to.deep.equal([["a"], ["b"], undefined])
      pipe.take([Buffer.from("c")])
      expect(owner.take()).to.deep.equal(["readActivated"])
    })

    it("reports received messages in batches, and the rest when nothing is left", () => {
      const { pipe, line } = accepted({ receiveMark: 4 }, { sendMark: 4 })
      for (let count = 0; count < 5; count++) pipe.take([Buffer.from("x")])
      const reports = Array.from({ length: 5 }, () => {
        pipe.receive()
        return line.take().join()
      })
      expect(reports).to.deep.equal(["", "received 2", "", "received 2", "received 1"])
    })

    it("keeps only the newest message if either side requests it, and reports the others as received", () => {
      for (const { pipe, line } of [accepted({ conflatesReceived: true }), accepted({}, { conflatesSent: true })]) {
        for (const body of ["a", "b", "c"]) pipe.take([Buffer.from(body)])
        expect([pipe.queued, text(pipe.receive())]).to.deep.equal([1, ["c"]])
        const reported = line.take().map((report) => Number(report.replace("received ", "")))
        expect(reported.reduce((sum, count) => sum + count, 0)).to.equal(3)
      }
    })
  })

  describe("the end", () => {
    it("comes after all messages were received if the other end closes", () => {
      const { pipe, owner, line } = accepted()
      pipe.take([Buffer.from("a")])
      pipe.abandon()
      expect([pipe.severed, pipe.finished, pipe.send(message("x"))]).to.deep.equal([true, false, false])
      owner.take()
      expect([text(pipe.receive()), owner.take(), pipe.receive(), owner.take()]).to.deep.equal([
        ["a"],
        [],
        undefined,
        ["pipeTerminated"],
      ])
      expect([pipe.finished, line.take().at(-1)]).to.deep.equal([true, "end"])
    })

    it("comes immediately if nothing is queued", () => {
      const { pipe, owner } = accepted()
      pipe.abandon()
      pipe.abandon()
      expect([owner.take(), pipe.finished]).to.deep.equal([["pipeTerminated"], true])
    })

    it("wakes a sender that waits for room", () => {
      const { pipe, owner } = accepted({ sendMark: 1 }, { receiveMark: 1 })
      pipe.take([Buffer.from("a")])
      fill(pipe)
      owner.take()
      pipe.abandon()
      expect([owner.take(), pipe.requestRoom()]).to.deep.equal([["writeActivated"], false])
    })

    it("reports messages that the other end has not received as undelivered", () => {
      const { pipe, owner } = accepted()
      for (const body of ["a", "b", "c"]) pipe.send(message(body))
      pipe.acknowledged(1)
      pipe.abandon()
      expect([owner.undeliveredTexts.length, pipe.inFlight]).to.deep.equal([2, 0])
    })

    it("drops messages that this side has not received, after reporting the others", () => {
      const { pipe, owner, line } = accepted({ receiveMark: 100 }, { sendMark: 100 })
      for (const body of ["a", "b"]) pipe.take([Buffer.from(body)])
      pipe.receive()
      pipe.close()
      pipe.take([Buffer.from("late")])
      expect([line.take(), pipe.receive(), pipe.finished]).to.deep.equal([["received 1", "end"], undefined, true])
      owner.take()
      pipe.abandon()
      expect(owner.take()).to.deep.equal([])
    })
  })
})
