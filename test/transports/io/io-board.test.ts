import { expect } from "chai"
import { BoardCounters, departedOn, IoBoard, MAX_IO_THREADS } from "../../../src/transports/io/io-board.js"

/** The boards of two threads with shared memory. */
function shared(): [IoBoard, IoBoard] {
  const board = new IoBoard()
  return [board, new IoBoard(structuredClone(board.memory))]
}

describe("IoBoard", () => {
  it("shows I/O threads the settings of the socket, each in its own cell", () => {
    const [socket, thread] = shared()
    const settings = { linger: -1, handover: true, authenticates: false, departedLimit: 2 ** 40 }
    for (const change of [
      {},
      { handover: false, authenticates: true },
      { linger: 2 ** 31 - 1 },
      { departedLimit: 0 },
    ]) {
      socket.update({ ...settings, ...change })
      const { linger, handover, authenticates, departedLimit } = thread
      expect({ linger, handover, authenticates, departedLimit }).to.deep.equal({ ...settings, ...change })
    }
  })

  it("sums what all I/O threads have counted", () => {
    const [socket, inThread] = shared()
    const first = new BoardCounters(inThread.cellsOf(0))
    const last = new BoardCounters(inThread.cellsOf(MAX_IO_THREADS - 1))
    first.bytesIn += 10
    last.bytesIn += 2 ** 40
    last.bytesOut += 3
    first.reconnects++
    last.reconnects++
    expect([socket.bytesIn, socket.bytesOut, socket.reconnects]).to.deep.equal([10 + 2 ** 40, 3, 2])
    expect([first.bytesIn, first.bytesOut, first.reconnects]).to.deep.equal([10, 0, 1])
    expect([first.total("bytesIn"), last.total("reconnects")]).to.deep.equal([10, 1])
  })

  it("stores counts and settings separately, whatever is written", () => {
    const [socket, inThread] = shared()
    socket.update({ linger: 1, handover: true, authenticates: true, departedLimit: 4 })
    for (let thread = 0; thread < MAX_IO_THREADS; thread++) inThread.cellsOf(thread).fill(1)
    expect([socket.linger, socket.departedLimit]).to.deep.equal([1, 4])
    expect([socket.bytesIn, socket.bytesOut, socket.reconnects, socket.departed]).to.deep.equal([64, 64, 64, 64])
  })

  it("shows each I/O thread the memory that messages of departed peers use in all of them", () => {
    const [board, other] = shared()
    const [one, two] = [departedOn(board, 0), departedOn(other, 1)]
    one.own = 100
    two.own = 23
    expect([one.total, two.total]).to.deep.equal([123, 123])
    one.own = 0
    expect(two.total).to.equal(23)
  })
})
