import { expect } from "chai"
import { InboundQueue } from "../../../src/transports/threads/inbound-queue.js"
import { OutboundQueue } from "../../../src/transports/threads/outbound-queue.js"
import { newSharedPipe, putLimits } from "../../../src/transports/threads/shared-pipe.js"
import { SharedPieces } from "../../support/shared-pieces.js"

describe("the sending direction of a pipe between threads", () => {
  it("has room for as many messages as both marks allow, until they are taken", () => {
    const [shared, pieces] = [newSharedPipe(), new SharedPieces()]
    putLimits(shared, 1, { receiveMark: 1 })
    const [outbound, inbound] = [new OutboundQueue(shared, 0, pieces), new InboundQueue(shared, 1, pieces, false)]
    outbound.setMarks(1, undefined)
    for (const body of ["one", "two"]) {
      expect(outbound.hasRoom()).to.equal(true)
      outbound.write([Buffer.from(body)])
    }
    expect([outbound.hasRoom(), outbound.inFlight, outbound.sent]).to.deep.equal([false, 2, 2])
    inbound.read()
    inbound.take()
    expect([outbound.hasRoom(), outbound.inFlight, outbound.sent]).to.deep.equal([true, 1, 2])
  })

  it("must notify a receiver that waits, once", () => {
    const [shared, pieces] = [newSharedPipe(), new SharedPieces()]
    const [outbound, inbound] = [new OutboundQueue(shared, 0, pieces), new InboundQueue(shared, 1, pieces, false)]
    expect(outbound.write([Buffer.from("not awaited")])).to.equal(false)
    inbound.awaitMessage()
    expect(outbound.write([Buffer.from("awaited")])).to.equal(true)
    expect(outbound.write([Buffer.from("not awaited")])).to.equal(false)
    inbound.awaitMessage()
    inbound.stopWaiting()
    expect(outbound.write([Buffer.from("not awaited")])).to.equal(false)
  })

  it("resumes immediately if the messages for which it waits have been taken", () => {
    const [shared, pieces] = [newSharedPipe(), new SharedPieces()]
    putLimits(shared, 1, { receiveMark: 1 })
    const [outbound, inbound] = [new OutboundQueue(shared, 0, pieces), new InboundQueue(shared, 1, pieces, false)]
    outbound.setMarks(1, undefined)
    outbound.write([Buffer.from("one")])
    outbound.write([Buffer.from("two")])
    expect(outbound.awaitRoom()).to.equal(false)
    inbound.read()
    inbound.take()
    expect([outbound.hasBatch(), outbound.awaitRoom()]).to.deep.equal([true, true])
  })
})
