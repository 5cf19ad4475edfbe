import { expect } from "chai"
import { Departed } from "../../../src/core/pipe/departed.js"
import { LocalPipe } from "../../../src/core/pipe/local-pipe.js"
import { message } from "../../support/messages.js"
import { Recorder } from "../../support/recorder.js"

describe("Departed", () => {
  const pipeWith = (count: number): LocalPipe => {
    const [near, far] = LocalPipe.pair(new Recorder(), { receiveMark: 0 }, new Recorder())
    for (let sent = 0; sent < count; sent++) far.send(message("x"))
    far.close()
    return near
  }

  it("counts each pipe with messages once, until it is removed", () => {
    let limit = 5000
    const departed = new Departed(() => limit)
    let taken = 0
    const [one, two] = [pipeWith(1), pipeWith(2)]
    for (const pipe of [one, two]) expect(departed.add(pipe, 1000, () => taken++)).to.equal(true)
    expect([departed.full, taken]).to.deep.equal([true, 0])
    limit = 7000
    expect(departed.full).to.equal(false)
    limit = 5000
    for (let time = 0; time < 2; time++) departed.remove(one)
    expect([departed.full, taken]).to.deep.equal([false, 1])
    departed.remove(two)
    expect([departed.bytes, taken]).to.deep.equal([0, 2])
  })

  it("stops counting the oldest pipes when they are empty, even if no one has tried to receive from them", () => {
    const departed = new Departed(() => 0)
    const [one, two, three] = [pipeWith(1), pipeWith(1), pipeWith(1)]
    for (const pipe of [one, two, three]) departed.add(pipe, 0)
    const each = departed.bytes / 3
    for (const pipe of [one, three]) pipe.receive()
    departed.prune()
    expect(departed.bytes).to.equal(2 * each)
    two.receive()
    departed.prune()
    expect(departed.bytes).to.equal(0)
  })

  it("is full with the first pipe at the smallest limit", () => {
    const departed = new Departed(() => 1)
    expect(departed.full).to.equal(false)
    departed.add(pipeWith(1), 0)
    expect(departed.full).to.equal(true)
  })

  it("counts together with other threads, and reports its own part", () => {
    const shared = { own: 0, total: 0 }
    const departed = new Departed(() => 5000, shared)
    const pipe = pipeWith(1)
    departed.add(pipe, 1000)
    expect([shared.own, departed.full]).to.deep.equal([departed.bytes, false])
    shared.total = 5000
    expect(departed.full).to.equal(true)
    departed.remove(pipe)
    expect(shared.own).to.equal(0)
  })

  it("does not count empty pipes, and is never full without a limit", () => {
    const departed = new Departed(() => 0)
    expect(departed.add(pipeWith(0), 0)).to.equal(false)
    departed.add(pipeWith(1), 2 ** 40)
    expect(departed.full).to.equal(false)
  })
})
