import { expect } from "chai"
import { InboundQueue } from "../../../src/transports/threads/inbound-queue.js"
import { OutboundQueue } from "../../../src/transports/threads/outbound-queue.js"
import { newSharedPipe, putLimits } from "../../../src/transports/threads/shared-pipe.js"
import { SharedPieces } from "../../support/shared-pieces.js"

describe("the receiving direction of a pipe between threads", () => {
  /** Both ends of one direction. */
  function newDirection(conflates = false): { outbound: OutboundQueue; inbound: InboundQueue } {
    const [shared, pieces] = [newSharedPipe(), new SharedPieces()]
    putLimits(shared, 0, { conflatesSent: conflates, receiveMark: undefined })
    putLimits(shared, 1, { receiveMark: 2 })
    const outbound = new OutboundQueue(shared, 0, pieces)
    outbound.setMarks(2, undefined)
    return { outbound, inbound: new InboundQueue(shared, 1, pieces, false) }
  }
  const text = (message: readonly Uint8Array[] | undefined): string | undefined => message?.map(String).join("|")
  const bodyOf = (name: string): Buffer[] => [Buffer.from(name)]

  it("reads messages in order, and counts those that wait", () => {
    const { outbound, inbound } = newDirection()
    expect([inbound.readable, inbound.drained, inbound.length]).to.deep.equal([false, true, 0])
    for (const name of ["one", "two"]) outbound.write(bodyOf(name))
    expect([inbound.readable, inbound.drained, inbound.length]).to.deep.equal([true, false, 2])
    const [first] = inbound.read()!
    expect(Buffer.from(first!).toString()).to.equal("one")
    inbound.take()
    expect([inbound.length, inbound.taken]).to.deep.equal([1, 1])
  })

  it("must notify a sender that waits when enough messages were taken, once", () => {
    const { outbound, inbound } = newDirection()
    for (let sent = 0; sent < 4; sent++) outbound.write(bodyOf(String(sent)))
    expect(outbound.awaitRoom()).to.equal(false)
    const notified = Array.from({ length: 4 }, () => {
      inbound.read()
      return inbound.take()
    })
    // Half of the four messages.
    expect(notified).to.deep.equal([false, true, false, false])
  })

  it("keeps only the newest message if one end requests it, and counts all", () => {
    const { outbound, inbound } = newDirection(true)
    for (const name of ["old", "older", "new"]) outbound.write(bodyOf(name))
    expect([inbound.length, outbound.inFlight]).to.deep.equal([1, 1])
    expect(text(inbound.read()?.map((frame) => Buffer.from(frame)))).to.equal("new")
    inbound.take()
    expect([inbound.taken, inbound.length, outbound.inFlight]).to.deep.equal([3, 0, 0])
    expect([inbound.read(), inbound.drained]).to.deep.equal([undefined, true])
  })

  it("waits for memory that has not arrived", () => {
    const [shared, pieces] = [newSharedPipe(), new SharedPieces()]
    const [outbound, inbound] = [new OutboundQueue(shared, 0, pieces), new InboundQueue(shared, 1, pieces, false)]
    pieces.delays = true
    putLimits(shared, 0, { conflatesSent: true })
    outbound.write(bodyOf("late"))
    expect([inbound.read(), inbound.readable, inbound.awaits(1)]).to.deep.equal([undefined, false, true])
    pieces.delays = false
    expect(inbound.readable).to.equal(true)
    expect(text(inbound.read()?.map((frame) => Buffer.from(frame)))).to.equal("late")
  })
})
