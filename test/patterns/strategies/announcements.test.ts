import { expect } from "chai"
import { LocalPipe } from "../../../src/core/pipe/local-pipe.js"
import type { SessionPipe } from "../../../src/core/pipe/session-pipe.js"
import { Announcements } from "../../../src/patterns/strategies/announcements.js"
import { Recorder } from "../../support/recorder.js"

/**
 * A pipe with a high-water mark of one message, and a function that returns what its far end has received since the
 * last call.
 */
function create(present = true) {
  const [near, far] = LocalPipe.pair(new Recorder(), { sendMark: 1 }, new Recorder())
  if (present) far.announcePeer({ socketType: "PUB", routingId: Buffer.alloc(0) })
  const told = (end: SessionPipe = far): string[] => {
    const all: string[] = []
    for (let next = end.receive(); next !== undefined; next = end.receive()) {
      all.push(next.map((frame) => Buffer.from(frame).toString("latin1")).join("|"))
    }
    return all
  }
  return { near, told }
}

const A = Buffer.from("a")
const NOTHING = Buffer.alloc(0)

describe("Announcements", () => {
  it("sends every peer each new and canceled subscription, beyond the high-water mark", () => {
    const announcements = new Announcements()
    const peers = [create(), create()]
    for (const { near } of peers) announcements.pipes.add(near)
    announcements.want(A)
    announcements.want(NOTHING)
    announcements.cancel(A)
    for (const { told } of peers) expect(told()).to.deep.equal(["\x01a", "\x01", "\0a"])
  })

  it("queues nothing for a disconnected peer", () => {
    const announcements = new Announcements()
    const { near, told } = create(false)
    announcements.pipes.add(near)
    announcements.want(A)
    expect(told()).to.deep.equal([])
  })

  it("replaces queued announcements with the current subscriptions when it repeats them", () => {
    const announcements = new Announcements()
    const { near, told } = create()
    announcements.pipes.add(near)
    announcements.want(A)
    announcements.cancel(A)
    announcements.repeat(near, [NOTHING, Buffer.from("b")])
    expect(told()).to.deep.equal(["\x01", "\x01b"])
  })

  it("sends copies, since the memory of a key belongs to the caller", () => {
    const announcements = new Announcements()
    const { near, told } = create()
    announcements.pipes.add(near)
    const key = Buffer.from("key")
    announcements.want(key)
    key.fill(0)
    expect(told()).to.deep.equal(["\x01key"])
  })
})
