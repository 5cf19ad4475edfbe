import { expect } from "chai"
import { LocalPipe } from "../../../src/core/pipe/local-pipe.js"
import { Interests } from "../../../src/patterns/strategies/interests.js"
import { Recorder } from "../../support/recorder.js"

describe("Interests", () => {
  const pipeOf = () => LocalPipe.pair(new Recorder(), {}, new Recorder())[0]
  const create = (maxPeerSubscriptionBytes: number, maxSubscriptionBytes: number) =>
    new Interests({ maxPeerSubscriptionBytes, maxSubscriptionBytes }, "groups of a peer", [10, 2])

  it("limits the interests of each peer separately", () => {
    const interests = create(29, 0)
    const pipe = pipeOf()
    interests.add(pipe)
    expect(interests.insert(pipe, "12345")).to.equal(true)
    expect(interests.violation(pipe, "12345")).to.equal(undefined)
    expect(interests.insert(pipe, "12345")).to.equal(false)
    const violation = interests.violation(pipe, "")
    expect([violation?.pipe, violation?.reason.limit]).to.deep.equal([pipe, "groups of a peer"])
    expect([interests.delete(pipe, "12345"), interests.delete(pipe, "12345")]).to.deep.equal([true, false])
    expect(interests.violation(pipe, "123456789")).to.equal(undefined)
    expect(interests.violation(pipe, "1234567890")?.pipe).to.equal(pipe)
  })

  it("counts the memory of all peers against the total limit, and frees it with each interest and each peer", () => {
    const interests = create(0, 60)
    const [one, two] = [pipeOf(), pipeOf()]
    for (const pipe of [one, two]) interests.add(pipe)
    interests.insert(one, "12345")
    interests.insert(one, "6")
    interests.insert(two, "12345")
    expect(interests.violation(two, "")?.pipe).to.equal(one)
    interests.delete(one, "6")
    expect([interests.violation(two, "12345"), interests.violation(two, "123456")?.reason.limit]).to.deep.equal([
      undefined,
      "subscriptions of all peers",
    ])
    interests.depart(one)
    expect([interests.violation(two, "1".repeat(15)), interests.violation(two, "1".repeat(16))?.pipe]).to.deep.equal([
      undefined,
      two,
    ])
  })

  it("names the peer that came first if several take the same memory", () => {
    const interests = create(0, 20)
    const [one, two] = [pipeOf(), pipeOf()]
    for (const pipe of [one, two]) {
      interests.add(pipe)
      interests.insert(pipe, "")
    }
    expect(interests.violation(two, "more")?.pipe).to.equal(one)
  })

  it("has no limit if the limit is 0", () => {
    const interests = create(0, 0)
    const pipe = pipeOf()
    interests.add(pipe)
    for (let key = 0; key < 100; key++) interests.insert(pipe, String(key))
    expect(interests.violation(pipe, "more")).to.equal(undefined)
  })

  it("has a limit of one byte, and of exactly the memory of the first interest", () => {
    const [narrow, exact] = [create(1, 1), create(20, 20)]
    const pipe = pipeOf()
    for (const interests of [narrow, exact]) interests.add(pipe)
    expect(narrow.violation(pipe, "")?.reason.limit).to.equal("groups of a peer")
    expect([exact.violation(pipe, "12345"), exact.violation(pipe, "123456")?.pipe]).to.deep.equal([undefined, pipe])
    exact.depart(pipe)
    expect([exact.violation(pipe, "12345"), exact.violation(pipe, "123456")?.pipe]).to.deep.equal([undefined, pipe])
  })

  it("names the peer itself above the total limit if no peer has interests", () => {
    const interests = create(0, 5)
    const pipe = pipeOf()
    interests.add(pipe)
    expect(interests.violation(pipe, "")?.pipe).to.equal(pipe)
  })

  it("names the only peer with interests above the total limit, however little memory they take", () => {
    const interests = new Interests(
      { maxPeerSubscriptionBytes: 0, maxSubscriptionBytes: 1 },
      "groups of a peer",
      [1, 0],
    )
    const [one, two] = [pipeOf(), pipeOf()]
    for (const pipe of [one, two]) interests.add(pipe)
    interests.insert(one, "a")
    expect(interests.violation(two, "b")?.pipe).to.equal(one)
  })

  it("has nothing to remove for departed peers without interests", () => {
    const interests = create(0, 0)
    const [silent, asking] = [pipeOf(), pipeOf()]
    for (const pipe of [silent, asking]) interests.add(pipe)
    interests.insert(asking, "a")
    interests.depart(silent)
    expect(interests.departing).to.equal(false)
    interests.depart(asking)
    expect(interests.departing).to.equal(true)
  })

  it("removes the interests of departed peers, one peer after another, while requested", () => {
    const interests = create(0, 0)
    const [one, two] = [pipeOf(), pipeOf()]
    for (const pipe of [one, two]) {
      interests.add(pipe)
      for (const key of "abc") interests.insert(pipe, key)
      interests.depart(pipe)
      interests.depart(pipe) // Has no effect: the pipe has already departed.
    }
    const taken: string[] = []
    const take = (pipe: object, key: string): unknown => taken.push(`${pipe === one ? 1 : 2}${key}`)
    interests.removeDeparted(2, take)
    interests.removeDeparted(10, take, () => taken.length < 5)
    expect([taken.join(" "), interests.departing]).to.deep.equal(["1a 1b 1c 2a 2b", true])
    interests.removeDeparted(10, take)
    expect([taken.length, interests.departing]).to.deep.equal([6, false])
  })
})
