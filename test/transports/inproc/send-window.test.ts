import { expect } from "chai"
import { SendWindow } from "../../../src/transports/inproc/send-window.js"
import { costOf } from "../../../src/zmtp/cost.js"
import { message } from "../../support/messages.js"

/** A window, the receiving end whose limits it observes, and a function that sends while there is room. */
function create(remote: { receiveMark?: number; receiveBytes?: number } = {}) {
  const end = { inFlight: 0, receiveMark: remote.receiveMark, receiveBytes: remote.receiveBytes }
  const window = new SendWindow(end)
  const fill = (body = ""): number => {
    let sent = 0
    for (; sent < 100 && window.hasRoom(); sent++) {
      window.count(message(body))
      end.inFlight++
    }
    return sent
  }
  return { end, window, fill }
}

describe("SendWindow", () => {
  it("allows the sum of both high-water marks", () => {
    const { window, fill } = create({ receiveMark: 3 })
    window.setMarks(2, undefined)
    expect([fill(), window.hasRoom()]).to.deep.equal([5, false])
  })

  it("has no limit if either mark is 0", () => {
    for (const [sendMark, receiveMark] of [
      [0, 3],
      [3, 0],
    ] as const) {
      const { window, fill } = create({ receiveMark })
      window.setMarks(sendMark, undefined)
      expect(fill()).to.equal(100)
    }
  })

  it("resumes when half was received", () => {
    const { end, window, fill } = create({ receiveMark: 5 })
    window.setMarks(5, undefined)
    fill()
    const resumes = Array.from({ length: 10 }, () => {
      end.inFlight--
      return window.hasBatch()
    })
    expect(resumes.indexOf(true)).to.equal(4)
  })

  it("counts bytes only with a limit in bytes", () => {
    const { window, fill } = create({ receiveMark: 2 })
    window.setMarks(2, undefined)
    expect([window.bytes, fill(), window.bytes]).to.deep.equal([0, 4, 0])
    const limited = create()
    limited.window.setMarks(0, 1)
    expect([limited.window.bytes, limited.fill(), limited.window.bytes]).to.deep.equal([0, 1, costOf(message(""))])
  })

  it("allows no more messages once they take exactly its marks in bytes", () => {
    const { window, fill } = create()
    window.setMarks(0, 3 * costOf(message("")))
    expect([fill(), window.hasRoom()]).to.deep.equal([3, false])
  })

  it("allows more messages as others are received", () => {
    const { end, window, fill } = create()
    const cost = costOf(message(""))
    window.setMarks(0, 4 * cost)
    expect(fill()).to.equal(4)
    const received = Array.from({ length: 4 }, () => {
      end.inFlight--
      return [window.hasBatch(), window.hasRoom(), window.bytes / cost]
    })
    expect(received).to.deep.equal([
      [false, true, 3],
      [true, true, 2],
      [true, true, 1],
      [true, true, 0],
    ])
    expect([fill(), window.bytes / cost]).to.deep.equal([4, 4])
  })

  it("does not resume before it is known how many messages may be sent", () => {
    const { window } = create()
    expect([window.hasRoom(), window.hasBatch()]).to.deep.equal([false, false])
  })

  it("stops counting bytes when the limit is removed, and starts again when it is set", () => {
    const { end, window, fill } = create()
    const cost = costOf(message(""))
    window.setMarks(0, 2 * cost)
    fill()
    window.setMarks(3, 0)
    expect([fill(), window.bytes]).to.deep.equal([1, 0])
    end.inFlight = 0
    window.setMarks(0, 2 * cost)
    expect([fill(), window.bytes]).to.deep.equal([2, 2 * cost])
  })

  it("allows one more message of any size while it is below its marks in bytes", () => {
    const body = "x".repeat(1000)
    const { end, window, fill } = create()
    window.setMarks(0, costOf(message(body)) + 1)
    expect([fill(body), window.hasBatch()]).to.deep.equal([2, false])
    end.inFlight = 0
    expect(window.hasBatch()).to.equal(true)
  })
})
