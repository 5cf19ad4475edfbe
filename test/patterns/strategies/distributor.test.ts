import { expect } from "chai"
import { LocalPipe } from "../../../src/core/pipe/local-pipe.js"
import { Distributor, TOPIC_OVERHEAD } from "../../../src/patterns/strategies/distributor.js"
import { PubPattern } from "../../../src/patterns/pub.js"
import { XpubPattern, type XpubOptions } from "../../../src/patterns/xpub.js"
import { limitOf } from "../../support/events.js"
import { text } from "../../support/messages.js"
import { host, Peer, receive, send } from "../../support/peer.js"
import { DEFAULTS } from "../../support/pattern-options.js"
import { Recorder } from "../../support/recorder.js"

const KIBIBYTE = 1024
const NO_LIMITS = { maxPeerSubscriptionBytes: 0, maxSubscriptionBytes: 0 }

/** The cost of a topic with `length` bytes. */
const costOf = (length: number): number => TOPIC_OVERHEAD[0] + TOPIC_OVERHEAD[1] * length

describe("Distributor", () => {
  const pipeOf = () => LocalPipe.pair(new Recorder(), { sendMark: 10 }, new Recorder())[0]

  it("counts each topic of a pipe once while it is subscribed to it", () => {
    const distributor = new Distributor({ ...NO_LIMITS, maxPeerSubscriptionBytes: costOf(100) + costOf(6) })
    const pipe = pipeOf()
    distributor.add(pipe)
    const small = new Uint8Array(6).fill(1)
    const fits = (): boolean[] => [6, 7].map((length) => distributor.violation(pipe, "x".repeat(length)) === undefined)
    distributor.subscribe(pipe, new Uint8Array(100), "\0".repeat(100))
    expect(fits()).to.deep.equal([true, false])
    for (let time = 0; time < 2; time++) distributor.subscribe(pipe, small, "small!")
    expect(fits()).to.deep.equal([false, false])
    expect(distributor.violation(pipe, "small!")).to.equal(undefined)
    for (let time = 0; time < 2; time++) distributor.unsubscribe(pipe, small, "small!")
    expect(fits()).to.deep.equal([true, false])
  })

  it("disconnects the pipe with the most subscriptions when the total is exceeded, and no longer counts it", () => {
    const distributor = new Distributor({ ...NO_LIMITS, maxSubscriptionBytes: 4 * costOf(1) })
    const [modest, greedy, late] = [pipeOf(), pipeOf(), pipeOf()]
    for (const pipe of [modest, greedy, late]) distributor.add(pipe)
    distributor.subscribe(modest, Buffer.from("a"), "a")
    for (const topic of "abc") distributor.subscribe(greedy, Buffer.from(topic), topic)
    const violation = distributor.violation(late, "z")
    expect([violation?.pipe, violation?.reason.limit]).to.deep.equal([greedy, "subscriptions of all peers"])
    distributor.remove(greedy)
    expect(distributor.violation(late, "z")).to.equal(undefined)
  })

  it("removes the subscriptions of a departed pipe in slices, and sends it nothing in the meantime", () => {
    const distributor = new Distributor(NO_LIMITS)
    const [gone, other] = [pipeOf(), pipeOf()]
    for (const pipe of [gone, other]) distributor.add(pipe)
    for (let topic = 0; topic < 3000; topic++) distributor.subscribe(gone, Buffer.from(`${topic}`), `${topic}`)
    distributor.subscribe(other, Buffer.from("5"), "5")
    gone.close()
    distributor.remove(gone)
    const counts: number[] = []
    const lasts = new Set<boolean>()
    while (distributor.departing) {
      expect(distributor.send([Buffer.from("2999")], false)).to.equal(0)
      let count = 0
      distributor.removeDeparted((_pipe, topic, last) => {
        count++
        if (String(topic) === "5") lasts.add(last)
        else if (!last) throw new Error(`Somebody else has subscribed to ${String(topic)}`)
      })
      counts.push(count)
    }
    expect(counts).to.deep.equal([1024, 1024, 952])
    expect([...lasts]).to.deep.equal([false])
    expect(distributor.subscribe(other, Buffer.from("7"), "7")).to.equal(true)
  })

  it("sends to every pipe that is subscribed to a topic, until it cancels its subscription", () => {
    const distributor = new Distributor(NO_LIMITS)
    const topic = Buffer.from("a")
    const pairs = [1, 2, 3].map(() => LocalPipe.pair(new Recorder(), { sendMark: 10 }, new Recorder()))
    for (const [near] of pairs) distributor.add(near)
    const firsts = pairs.map(([near]) => distributor.subscribe(near, topic, "a"))
    expect(firsts).to.deep.equal([true, false, false])
    const reached: number[] = []
    const lasts = pairs.map(([near]) => {
      expect(distributor.send([topic], false)).to.equal(0)
      reached.push(pairs.filter(([, far]) => far.receive() !== undefined).length)
      expect(distributor.subscribers(topic, false).size).to.equal(reached.at(-1))
      return distributor.unsubscribe(near, topic, "a")
    })
    expect([reached, lasts]).to.deep.equal([
      [3, 2, 1],
      [false, false, true],
    ])
  })

  it("sends each message to its own recipients if one of them publishes when it gets it, as over inproc", () => {
    const distributor = new Distributor(NO_LIMITS)
    const create = (topic: string) => {
      const owner = new Recorder()
      const [near, far] = LocalPipe.pair(new Recorder(), { sendMark: 10 }, owner)
      distributor.add(near)
      distributor.subscribe(near, Buffer.from(topic), topic)
      return { owner, far }
    }
    const subscribers = ["a", "ab", "x", "xy"].map(create)
    distributor.send([Buffer.from("abc")], false)
    for (const { far } of subscribers) while (far.receive() !== undefined);
    subscribers[0]!.owner.readActivated = () => {
      expect(distributor.send([Buffer.from("xyz")], false)).to.equal(0)
    }
    expect(distributor.send([Buffer.from("abc")], false)).to.equal(0)
    const received = subscribers.map(({ far }) => [text(far.receive()), text(far.receive())])
    expect(received).to.deep.equal([
      [["abc"], undefined],
      [["abc"], undefined],
      [["xyz"], undefined],
      [["xyz"], undefined],
    ])
  })

  it("returns sets of subscribers that later messages do not change", () => {
    const distributor = new Distributor(NO_LIMITS)
    const pipes = [pipeOf(), pipeOf()] as const
    for (const pipe of pipes) distributor.add(pipe)
    pipes.forEach((pipe, index) => distributor.subscribe(pipe, Buffer.from(String(index)), String(index)))
    const before = distributor.subscribers(Buffer.from("0"), false)
    distributor.send([Buffer.from("0")], true)
    expect(distributor.hasRoom([Buffer.from("1")], false)).to.equal(true)
    expect([[...before], [...distributor.subscribers(Buffer.from("1"), false)]]).to.deep.equal([[pipes[0]], [pipes[1]]])
  })

  it("clones the subscriptions of each pipe", () => {
    const distributor = new Distributor(NO_LIMITS)
    const pipe = pipeOf()
    distributor.add(pipe)
    distributor.subscribe(pipe, Buffer.from("a"), "a")
    const clone = distributor.clone()
    distributor.unsubscribe(pipe, Buffer.from("a"), "a")
    expect(clone.wants(pipe, [Buffer.from("ab")], false)).to.equal(true)
    expect(distributor.wants(pipe, [Buffer.from("ab")], false)).to.equal(false)
  })
})

for (const Type of [PubPattern, XpubPattern]) {
  describe(`subscriptions of peers at a ${Type.name}`, () => {
    const create = (options: Partial<XpubOptions>) =>
      host((host) => new Type(host, { ...DEFAULTS, receiveHighWaterMark: 0, ...options }))

    it("do not exceed maxPeerSubscriptionBytes: only that peer is disconnected", () => {
      const { pattern, host } = create({ maxPeerSubscriptionBytes: 10 * costOf(2) })
      const [greedy, other] = [new Peer(pattern, { mark: 0 }), new Peer(pattern)]
      other.send("\x01")
      for (const sign of ["\x01", "\x01", "\x00", "\x01"]) {
        for (let index = 0; index < 10; index++) expect(greedy.send(`${sign}1${index}`)).to.equal(true)
      }
      greedy.send("\x00one that it has not")
      expect(greedy.terminated).to.equal(false)
      greedy.send("\x012x")
      expect([greedy.terminated, other.terminated]).to.deep.equal([true, false])
      expect(limitOf({ error: host.reasons[0]! })).to.equal("subscriptions of a peer")
      send(pattern, "12")
      expect(other.drain()).to.deep.equal([["12"]])
    })

    it("end with the one that exceeds a limit, although others follow in the same message", () => {
      const { pattern, host } = create({ maxPeerSubscriptionBytes: costOf(2) })
      const peer = new Peer(pattern)
      peer.send("\x01AB", "\x01CD", "\x01E")
      expect([peer.terminated, host.reasons.map((error) => limitOf({ error })), host.subscriptions]).to.deep.equal([
        ...[true, ["subscriptions of a peer"], 1],
      ])
      expect(pattern.subscribers(Buffer.from("E")).size).to.equal(0)
    })

    it("do not include a topic that is too large, but can cancel it", () => {
      const { pattern } = create({ maxPeerSubscriptionBytes: 100 * KIBIBYTE })
      const peer = new Peer(pattern)
      peer.send(`\x00${"x".repeat(40 * KIBIBYTE)}`)
      expect(peer.terminated).to.equal(false)
      peer.send(`\x01${"x".repeat(40 * KIBIBYTE)}`)
      expect(peer.terminated).to.equal(true)
    })

    it("do not exceed maxSubscriptionBytes in total: the peer with the most is disconnected", () => {
      const { pattern, host } = create({ maxSubscriptionBytes: 12 * costOf(2) })
      const [greedy, modest, late] = [new Peer(pattern, { mark: 0 }), new Peer(pattern), new Peer(pattern)]
      for (let index = 0; index < 10; index++) greedy.send(`\x011${index}`)
      modest.send("\x0120")
      modest.send("\x0121")
      late.send("\x0130")
      expect([greedy, modest, late].map(({ terminated }) => terminated)).to.deep.equal([true, false, false])
      expect(limitOf({ error: host.reasons[0]! })).to.equal("subscriptions of all peers")
      for (const topic of ["20", "30", "10"]) send(pattern, topic)
      expect([modest.drain(), late.drain()]).to.deep.equal([[["20"]], [["30"]]])
    })

    it("include up to 100,000 topics of one peer by default", () => {
      const { pattern } = create({})
      const peer = new Peer(pattern, { mark: 0 })
      for (let index = 0; index < 100_000; index++) peer.send(`\x01${"topic/".repeat(8)}${index}`)
      expect(peer.terminated).to.equal(false)
    }).timeout(20_000)

    it("are removed in slices when the peer leaves, while other peers wait to subscribe", () => {
      const { pattern, host } = create({})
      const [leaver, late] = [new Peer(pattern, { mark: 0 }), new Peer(pattern)]
      for (let index = 0; index < 5000; index++) leaver.send(`\x01${index}`)
      while (receive(pattern) !== undefined);
      leaver.close()
      late.send("\x017")
      send(pattern, "7")
      expect([late.drain(), host.drops]).to.deep.equal([[], 0])
      let turns = 0
      while (host.turn()) turns++
      expect(turns).to.equal(4)
      send(pattern, "7")
      expect(late.drain()).to.deep.equal([["7"]])
    })
  })
}
