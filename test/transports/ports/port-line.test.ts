import { expect } from "chai"
import { Line, portable, type LineSide } from "../../../src/transports/ports/port-line.js"
import type { PortMessage } from "../../../src/transports/ports/port-message.js"
import type { PortPipe } from "../../../src/transports/ports/port-pipe.js"

/** Records posted messages and removals. */
function recording() {
  const posted: [PortMessage, ArrayBuffer[] | undefined][] = []
  const removed: Line[] = []
  const side: LineSide = {
    post: (message, transfer) => posted.push([message, transfer]),
    remove: (line) => removed.push(line),
  }
  return { posted, removed, side }
}

const LIMITS = { sendMark: 1, receiveMark: 2, sendBytes: 3, receiveBytes: 4 }

describe("Line", () => {
  it("posts with the number of its pipe, and which side has opened it", () => {
    for (const own of [true, false]) {
      const { posted, side } = recording()
      const line = new Line(() => undefined)
      line.attach(side, own, 7)
      line.acknowledge(3)
      line.limits(LIMITS)
      line.end()
      expect(posted.map(([message]) => message)).to.deep.equal([
        ["acknowledged", own, 7, 3],
        ["limits", own, 7, LIMITS],
        ["end", own, 7],
      ])
    }
  })

  it("transfers the memory of frames", () => {
    const { posted, side } = recording()
    const line = new Line(() => undefined)
    line.attach(side, true, 1)
    const frames = [Uint8Array.of(1), Uint8Array.of(2, 3)]
    line.send(frames)
    expect(posted).to.deep.equal([[["message", true, 1, frames], frames.map(({ buffer }) => buffer)]])
  })

  it("introduces itself only from the side that accepts, without the memory of its routing id", () => {
    const { posted, side } = recording()
    const line = new Line(() => undefined)
    line.attach(side, false, 1)
    line.pipe = { limits: LIMITS } as unknown as PortPipe
    const memory = new Uint8Array(1024)
    line.introduce({ socketType: "PULL", routingId: memory.subarray(0, 2) })
    const [[, own, , self, limits]] = posted[0] as unknown as [
      [string, boolean, number, { routingId: Uint8Array }, object],
    ]
    expect([own, limits, self.routingId.buffer.byteLength]).to.deep.equal([false, LIMITS, 2])
  })

  it("posts nothing without a port, but still ends", () => {
    const ended: Line[] = []
    const line = new Line((each) => ended.push(each))
    line.send([Uint8Array.of(1)])
    line.end()
    expect(ended).to.deep.equal([line])
  })

  it("is removed from its side when it ends, after the other side was notified", () => {
    const { posted, removed, side } = recording()
    const line = new Line(() => {
      expect([posted.length, removed]).to.deep.equal([1, [line]])
    })
    line.attach(side, true, 1)
    line.end()
    expect(removed).to.deep.equal([line])
  })
})

describe("portable", () => {
  it("survives a structured clone, as plain bytes", () => {
    const { socketType, routingId } = structuredClone(portable({ socketType: "REQ", routingId: Buffer.from("id") }))
    expect([socketType, Buffer.from(routingId).toString(), Buffer.isBuffer(routingId)]).to.deep.equal([
      "REQ",
      "id",
      false,
    ])
  })
})
