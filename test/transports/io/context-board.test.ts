import { expect } from "chai"
import { once } from "node:events"
import { Worker } from "node:worker_threads"
import { ContextBoard } from "../../../src/transports/io/context-board.js"

describe("ContextBoard", () => {
  it("shows all threads that share its memory whether there is a ZAP handler", () => {
    const board = new ContextBoard()
    const other = new ContextBoard(structuredClone(board.memory))
    expect(other.hasZapHandler).to.equal(false)
    board.hasZapHandler = true
    expect(other.hasZapHandler).to.equal(true)
    other.hasZapHandler = false
    expect(board.hasZapHandler).to.equal(false)
  })

  it("has room for the answers of 64 I/O threads, each its own", () => {
    const board = new ContextBoard()
    for (const thread of [0, 1, 63]) board.expectAnswer(thread)
    board.answered(63)
    expect([0, 1, 63].map((thread) => board.awaitAnswer(thread, 0))).to.deep.equal([false, false, true])
    expect(board.hasZapHandler).to.equal(false)
  })

  it("expects another answer after each", () => {
    const board = new ContextBoard()
    board.expectAnswer(0)
    board.answered(0)
    expect(board.awaitAnswer(0, 0)).to.equal(true)
    board.expectAnswer(0)
    expect(board.awaitAnswer(0, 0)).to.equal(false)
  })

  it("blocks the calling thread until another thread has answered", async () => {
    const board = new ContextBoard()
    board.expectAnswer(3)
    // Answers like a thread with another version of the code, by the documented layout of the memory.
    const worker = new Worker(
      `const words = new Int32Array(require("node:worker_threads").workerData)
       Atomics.store(words, 4, 1)
       Atomics.notify(words, 4)`,
      { eval: true, workerData: board.memory, execArgv: [] },
    )
    const exit = once(worker, "exit")
    expect(board.awaitAnswer(3, 60_000)).to.equal(true)
    await exit
  })
})
