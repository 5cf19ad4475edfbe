import { expect } from "chai"
import { LocalQueue, type LocalEnd } from "../../../src/core/pipe/local-queue.js"
import type { PipeEndOptions } from "../../../src/core/pipe/pipe-limits.js"
import { message, text } from "../../support/messages.js"
import { Recorder } from "../../support/recorder.js"

/** A queue, and the owners of its ends. */
function create(limits: PipeEndOptions = { sendMark: 4 }) {
  const [writer, reader] = [new Recorder(), new Recorder()]
  const queue = new LocalQueue()
  queue.writer = { owner: writer } as unknown as LocalEnd
  queue.reader = { owner: reader } as unknown as LocalEnd
  queue.limitWriter(limits)
  return { queue, writer, reader }
}

describe("one direction of a local pipe", () => {
  it("is limited by both ends, in any order", () => {
    const { queue } = create({ sendMark: 1 })
    queue.limitReader({ receiveMark: 1 })
    for (const name of "12") expect(queue.send(message(name))).to.equal(true)
    expect([queue.writable, queue.send(message("3")), queue.length]).to.deep.equal([false, false, 2])
  })

  it("wakes a writer that waits when half of the messages are received, and a reader that waits with the first", () => {
    const { queue, writer, reader } = create()
    for (const name of "1234") queue.send(message(name))
    expect([reader.take(), queue.requestRoom()]).to.deep.equal([["readActivated"], false])
    expect([text(queue.receive()), writer.take()]).to.deep.equal([["1"], []])
    expect([text(queue.receive()), writer.take()]).to.deep.equal([["2"], ["writeActivated"]])
  })

  it("says that a message is being taken while the writer is woken", () => {
    const { queue, writer } = create({ sendMark: 1 })
    const seen: (readonly [length: number, taking: boolean])[] = []
    writer.writeActivated = () => seen.push([queue.length, queue.taking])
    queue.send(message("1"))
    queue.requestRoom()
    queue.receive()
    expect([seen, queue.taking]).to.deep.equal([[[0, true]], false])
  })

  const closings: [name: string, close: (queue: LocalQueue) => void, ended: boolean, abandoned: boolean][] = [
    ["no end is", () => undefined, false, false],
    ["the writer is", (queue) => queue.end(), true, false],
    ["the reader is", (queue) => queue.abandon(), false, true],
    ["the writer and then the reader are", (queue) => (queue.end(), queue.abandon()), false, true],
    ["the reader and then the writer are", (queue) => (queue.abandon(), queue.end()), false, true],
  ]
  for (const [name, close, ended, abandoned] of closings) {
    it(`knows that ${name} closed`, () => {
      const { queue } = create()
      close(queue)
      close(queue)
      const open = !ended && !abandoned
      expect([queue.ended, queue.abandoned, queue.open]).to.deep.equal([ended, abandoned, open])
      expect([queue.writable, queue.requestRoom(), queue.send(message("1"))]).to.deep.equal([open, open, open])
    })
  }

  it("wakes a writer that waits when the reader is closed, but not when the writer is", () => {
    for (const [close, events] of [
      [(queue: LocalQueue) => queue.abandon(), ["writeActivated"]],
      [(queue: LocalQueue) => queue.end(), []],
    ] as const) {
      const { queue, writer } = create({ sendMark: 1 })
      queue.send(message("1"))
      queue.requestRoom()
      close(queue)
      queue.clear()
      queue.unblock()
      expect(writer.take()).to.deep.equal(events)
    }
  })

  it("reports what is dropped to the writer's owner, or to the caller", () => {
    const { queue, writer } = create()
    for (const name of "12") queue.send(message(name))
    queue.returnUnread()
    expect([writer.undeliveredTexts, queue.length]).to.deep.equal([["1", "2"], 0])
    queue.send(message("3"))
    const lost: unknown[] = []
    queue.clear((each) => lost.push(text(each)))
    expect([lost, writer.undeliveredTexts]).to.deep.equal([[["3"]], ["1", "2"]])
  })
})
