import { expect } from "chai"
import { LocalPipe } from "../../../src/core/pipe/local-pipe.js"
import { Notifier, type Occasion } from "../../../src/core/connection/notifier.js"
import type { SessionPipe } from "../../../src/core/pipe/session-pipe.js"
import { message, text } from "../../support/messages.js"
import { Recorder } from "../../support/recorder.js"

describe("Notifier", () => {
  /** A notifier, and the socket's end of a pipe with room for two messages. */
  function create(): {
    notifier: Notifier
    near: LocalPipe
    far: SessionPipe
    tell: (...occasions: Occasion[]) => void
  } {
    const notifier = new Notifier()
    const session = new Recorder()
    const [near, far] = LocalPipe.pair(new Recorder(), { receiveMark: 2 }, session)
    session.writeActivated = () => {
      notifier.roomAvailable(far)
    }
    const tell = (...occasions: Occasion[]): void => {
      for (const occasion of occasions) notifier.notify(far, occasion, message(occasion))
    }
    return { notifier, near, far, tell }
  }

  function received(pipe: LocalPipe): string[] {
    const texts: string[] = []
    for (let next = pipe.receive(); next !== undefined; next = pipe.receive()) texts.push(...text(next)!)
    return texts
  }

  it("sends notifications immediately while there is room, and a few past the marks", () => {
    const { near, tell } = create()
    tell("came", "left", "lost", "came")
    expect(received(near)).to.deep.equal(["came", "left", "lost", "came"])
  })

  /**
   * Queues notifications until no more fit within the high-water marks. The last one says that the peer came or left.
   */
  function full(last: "came" | "left"): ReturnType<typeof create> {
    const bench = create()
    for (let count = 0; count < 33; count++) bench.tell(last === "came" ? "left" : "came", last)
    expect(bench.near.queued).to.equal(66)
    return bench
  }

  for (const [what, last, waiting, expected] of [
    ["a peer that left", "came", ["left"], ["left"]],
    ["a peer that left and came back, any number of times", "came", ["left", "came", "left", "came"], ["left", "came"]],
    ["a peer that came, but not one that came and left", "left", ["came", "left", "came"], ["came"]],
    ["a peer that came, however often without leaving", "left", ["came", "came"], ["came"]],
    ["a connection that was lost, however often", "came", ["lost", "lost", "lost"], ["lost"]],
    ["nothing, when a peer came and left", "left", ["came", "left", "came", "left"], []],
    [
      "the last connection that was lost, in its position",
      "came",
      ["left", "lost", "came", "left", "lost", "came"],
      ["left", "lost", "came"],
    ],
  ] as const) {
    it(`reports once there is room: ${what}`, () => {
      const { near, tell } = full(last)
      tell(...waiting)
      expect(near.queued).to.equal(66)
      expect(received(near).slice(66)).to.deep.equal(expected)
    })
  }

  it("sends as many past the marks if the pipe is full from the start", () => {
    const { near, far, tell } = create()
    for (const item of "12") far.send(message(item))
    for (let count = 0; count < 40; count++) tell("came", "left")
    expect(near.queued).to.equal(66)
  })

  it("sends a few past the marks again after there was room", () => {
    const { near, tell } = full("came")
    tell("left")
    received(near)
    for (let count = 0; count < 20; count++) tell("came", "left")
    expect(near.queued).to.equal(40)
  })

  it("sends a few past the marks of the next pipe, even if that is full from the start", () => {
    const { notifier, far, tell } = full("came")
    tell("left")
    notifier.finish(far)
    const [near, next] = LocalPipe.pair(new Recorder(), { receiveMark: 2 }, new Recorder())
    for (const item of "12") next.send(message(item))
    for (let count = 0; count < 40; count++) {
      for (const occasion of ["came", "left"] as const) notifier.notify(next, occasion, message(occasion))
    }
    expect(near.queued).to.equal(66)
  })

  it("counts those past the marks anew when the socket has received some, even if other messages take the room", () => {
    const { near, far, tell } = full("came")
    expect([far.requestRoom(), received(near).length]).to.deep.equal([false, 66])
    for (const item of "12") far.send(message(item))
    for (let count = 0; count < 40; count++) tell("left", "came")
    expect(near.queued).to.equal(66)
  })

  it("loses nothing when the session closes the pipe", () => {
    const { notifier, near, far, tell } = full("came")
    tell("left", "lost")
    notifier.finish(far)
    far.close()
    expect(received(near).slice(66)).to.deep.equal(["left", "lost"])
  })
})
