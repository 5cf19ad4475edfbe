import { expect } from "chai"
import { LocalPipe } from "../../../src/core/pipe/local-pipe.js"
import type { Pipe } from "../../../src/core/pipe/pipe.js"
import { FairQueue } from "../../../src/patterns/strategies/fair-queue.js"
import { message, text } from "../../support/messages.js"

/** Pipes with messages for `queue`. */
function filled(queue: FairQueue, ...queues: string[][]): Pipe[] {
  const owner = {
    peerReady: () => undefined,
    readActivated: (pipe: Pipe) => {
      queue.add(pipe)
    },
    writeActivated: () => undefined,
    pipeTerminated: () => undefined,
  }
  return queues.map((messages) => {
    const [near, far] = LocalPipe.pair(owner, { receiveMark: 10 }, { ...owner, readActivated: () => undefined })
    for (const each of messages) far.send(message(each))
    return near
  })
}

describe("FairQueue", () => {
  it('receives from its pipes in turn, and skips empty ones (RFC 30, "The PULL Socket Type")', () => {
    const queue = new FairQueue()
    filled(queue, ["a1", "a2", "a3"], ["b1"], ["c1", "c2"])
    const received = Array.from({ length: 7 }, () => text(queue.receive())?.[0])
    expect(received).to.deep.equal(["a1", "b1", "c1", "a2", "c2", "a3", undefined])
  })

  it("reports the pipe of the last message, and whether any message is queued", () => {
    const queue = new FairQueue()
    const [first, second] = filled(queue, ["a"], ["b"])
    expect([queue.readable, queue.last]).to.deep.equal([true, undefined])
    queue.receive()
    expect(queue.last).to.equal(first)
    queue.receive()
    expect([queue.last, queue.readable]).to.deep.equal([second, false])
  })

  it("does not receive from a pipe that was removed", () => {
    const queue = new FairQueue()
    const [first] = filled(queue, ["a"], ["b"])
    queue.remove(first!)
    expect([text(queue.receive()), queue.receive()]).to.deep.equal([["b"], undefined])
  })
})
