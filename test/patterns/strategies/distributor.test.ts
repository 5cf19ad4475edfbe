import { expect } from "chai"
import { LocalPipe } from "../../../src/core/local-pipe.js"
import { Distributor, MAX_TOPIC_BYTES, MAX_TOPICS } from "../../../src/patterns/strategies/distributor.js"
import { PubPattern } from "../../../src/patterns/pub.js"
import { XpubPattern } from "../../../src/patterns/xpub.js"
import { host, ownerOf, Peer, send } from "../../support/peer.js"
import { DEFAULTS } from "../../support/pattern-options.js"
import { Recorder } from "../../support/recorder.js"

const MEBIBYTE = 1024 * 1024

describe("Distributor", () => {
  it("counts the bytes of each topic of a pipe once, as long as it is subscribed to it", () => {
    const distributor = new Distributor()
    const [pipe] = LocalPipe.pair(new Recorder(), {}, new Recorder())
    distributor.add(pipe)
    const [large, small] = [new Uint8Array(MAX_TOPIC_BYTES - 10), new Uint8Array(6).fill(1)]
    const room = (): number => {
      let bytes = 0
      while (bytes <= 20 && distributor.excess(pipe, new Uint8Array(bytes), "other") === undefined) bytes++
      return bytes - 1
    }
    distributor.subscribe(pipe, large, "large")
    const rooms = [room()]
    for (let time = 0; time < 2; time++) {
      distributor.subscribe(pipe, small, "small")
      rooms.push(room())
    }
    expect(distributor.excess(pipe, small, "small")).to.equal(undefined)
    for (let time = 0; time < 2; time++) {
      distributor.unsubscribe(pipe, small, "small")
      rooms.push(room())
    }
    expect(rooms).to.deep.equal([10, 4, 4, 10, 10])
  })
})

describe("a topic that is too large", () => {
  for (const Type of [PubPattern, XpubPattern]) {
    it(`SHALL end the connection to the peer of a ${Type.name} that subscribes to it, but not if it cancels it`, () => {
      const { pattern } = host((host) => new Type(host, DEFAULTS))
      const [peer, other] = [new Recorder(), new Peer(pattern)]
      const [near, far] = LocalPipe.pair(ownerOf(pattern), { receiveMark: 10 }, peer)
      pattern.attach(near)
      other.send("\x01")
      for (const [sign, events] of [
        [0x00, []],
        [0x01, ["pipeTerminated"]],
      ] as const) {
        const frame = Buffer.alloc(1 + MAX_TOPIC_BYTES + 1)
        frame[0] = sign
        far.send([frame])
        expect(peer.take()).to.deep.equal(events)
      }
      expect(other.terminated).to.equal(false)
    })
  }
})

describe("the wishes of one peer", function () {
  this.timeout(60_000)

  for (const Type of [PubPattern, XpubPattern]) {
    const create = () => host((host) => new Type(host, { ...DEFAULTS, receiveHighWaterMark: 0 }))

    it(`SHALL NOT be over ${MAX_TOPIC_BYTES} bytes of topics of a ${Type.name}: the peer is cut off, others stay`, () => {
      const { pattern } = create()
      const [greedy, other] = [new Peer(pattern), new Peer(pattern)]
      other.send("\x01")
      const topic = "x".repeat(MEBIBYTE - 1)
      for (let index = 0; index < MAX_TOPIC_BYTES / MEBIBYTE; index++) {
        expect(greedy.send(`\x01${String.fromCharCode(index)}${topic}`)).to.equal(true)
      }
      greedy.send("\x00one more")
      expect(greedy.terminated).to.equal(false)
      greedy.send("\x01one more")
      expect([greedy.terminated, other.terminated]).to.deep.equal([true, false])
      send(pattern, "one more")
      expect(other.drain()).to.deep.equal([["one more"]])
    })

    it(`SHALL NOT be over ${MAX_TOPICS} topics of a ${Type.name}: the peer is cut off`, () => {
      const { pattern } = create()
      const greedy = new Peer(pattern, { mark: 0 })
      for (let index = 0; index < MAX_TOPICS; index++) greedy.send(`\x01${index}`)
      expect(greedy.terminated).to.equal(false)
      greedy.send("\x00one more")
      expect(greedy.terminated).to.equal(false)
      greedy.send("\x01one more")
      expect(greedy.terminated).to.equal(true)
    })

    it(`SHALL be counted once, however often they are told, and no longer once cancelled: ${Type.name}`, () => {
      const { pattern } = create()
      const peer = new Peer(pattern)
      const topic = "x".repeat(9 * MEBIBYTE)
      for (const frame of [`\x01${topic}`, `\x01${topic}`, `\x00${topic}`, `\x01${topic}`]) peer.send(frame)
      expect(peer.terminated).to.equal(false)
      peer.send(`\x01y${topic}`)
      expect(peer.terminated).to.equal(true)
    })

    it(`SHALL NOT count less than nothing for those that were none: ${Type.name}`, () => {
      const { pattern } = create()
      const peer = new Peer(pattern)
      const topic = "x".repeat(9 * MEBIBYTE)
      for (const frame of [`\x00${topic}`, `\x01${topic}`, `\x01y${topic}`]) peer.send(frame)
      expect(peer.terminated).to.equal(true)
    })
  }
})
