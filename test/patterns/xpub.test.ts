import { expect } from "chai"
import { XpubPattern, type XpubOptions } from "../../src/patterns/xpub.js"
import { LocalPipe } from "../../src/core/pipe/local-pipe.js"
import { costOf } from "../../src/zmtp/cost.js"
import { text } from "../support/messages.js"
import { host, ownerOf, Peer, receive, receiveAll, receiveRefusal, send, sendRefusal } from "../support/peer.js"
import { DEFAULTS } from "../support/pattern-options.js"
import { Recorder } from "../support/recorder.js"

const create = (verbosity: XpubOptions["verbosity"] = null) =>
  host((host) => new XpubPattern(host, { ...DEFAULTS, verbosity }))

const configured = (options: Partial<XpubOptions>) => host((host) => new XpubPattern(host, { ...DEFAULTS, ...options }))

describe('XPUB (RFC 29, "The XPUB Socket Type")', () => {
  it("sends each message to all peers that have subscribed to a prefix of it", () => {
    const { pattern } = create()
    const [one, two] = [new Peer(pattern), new Peer(pattern)]
    one.send("\x01A")
    two.send("\x01")
    for (const text of ["AB", "B"]) send(pattern, text, "body")
    expect(one.drain()).to.deep.equal([["AB", "body"]])
    expect(two.drain()).to.deep.equal([
      ["AB", "body"],
      ["B", "body"],
    ])
  })

  it("silently drops a message for a peer that is full, and does not block", () => {
    const { pattern, host } = create()
    const peer = new Peer(pattern, { mark: 1 })
    peer.send("\x01")
    for (const text of "12") expect([pattern.writable, send(pattern, text)]).to.deep.equal([true, true])
    expect(peer.drain()).to.deep.equal([["1"]])
    send(pattern, "3")
    expect(peer.drain()).to.deep.equal([["3"]])
    expect([sendRefusal(pattern), host.drops, host.sendables]).to.deep.equal(["EAGAIN", 1, 0])
  })

  for (const noDrop of [false, true]) {
    it(`${noDrop ? "wakes" : "does not wake"} senders when a subscriber leaves or has room, with noDrop ${String(noDrop)}`, () => {
      const { pattern, host } = configured({ noDrop, manual: true })
      const peer = new Peer(pattern, { mark: 1 })
      const woken = (act: () => void): number => {
        const { sendables } = host
        act()
        return host.sendables - sendables
      }
      const counts = [
        woken(() => peer.send("\x01A")),
        woken(() => {
          receive(pattern)
          pattern.subscribe(Buffer.from("A"))
        }),
        woken(() => {
          expect([send(pattern, "A1"), send(pattern, "A2")]).to.deep.equal([true, !noDrop])
          peer.drain()
        }),
        woken(() => {
          pattern.unsubscribe(Buffer.from("A"))
        }),
        woken(() => {
          peer.close()
        }),
      ]
      expect(counts).to.deep.equal(noDrop ? [1, 0, 1, 1, 1] : [0, 0, 0, 0, 0])
    })
  }

  // Notifications of the application when one peer subscribes twice, another once, and both unsubscribe twice.
  const matrix: [verbosity: XpubOptions["verbosity"], one: string[], two: string[]][] = [
    [null, ["+", "-", "-"], ["+", "-"]],
    ["allSubs", ["+", "+", "-", "-"], ["+", "+", "-"]],
    ["allSubsUnsubs", ["+", "+", "-", "-"], ["+", "+", "-", "-"]],
  ]
  const signs = (told: string[][]): string[] => told.map(([frame]) => (frame === "\x01A" ? "+" : "-"))

  for (const [verbosity, one, two] of matrix) {
    it(`reports the subscriptions of one peer with verbosity ${verbosity ?? "null"}`, () => {
      const { pattern } = create(verbosity)
      const peer = new Peer(pattern)
      for (const frame of ["\x01A", "\x01A", "\x00A", "\x00A"]) peer.send(frame)
      expect(signs(receiveAll(pattern))).to.deep.equal(one)
    })

    it(`reports those of two peers with verbosity ${verbosity ?? "null"}`, () => {
      const { pattern } = create(verbosity)
      const peers = [new Peer(pattern), new Peer(pattern)]
      for (const frame of ["\x01A", "\x00A"]) for (const peer of peers) peer.send(frame)
      expect(signs(receiveAll(pattern))).to.deep.equal(two)
    })

    it(`reports those that end because their peers leave with verbosity ${verbosity ?? "null"}`, () => {
      const { pattern } = create(verbosity)
      const peers = [new Peer(pattern), new Peer(pattern)]
      for (const peer of peers) peer.send("\x01A")
      for (const peer of peers) peer.close()
      expect(signs(receiveAll(pattern))).to.deep.equal(two)
    })
  }

  it("applies changes of its verbosity", () => {
    const options: { -readonly [K in keyof XpubOptions]: XpubOptions[K] } = { ...DEFAULTS }
    const { pattern } = host((host) => new XpubPattern(host, options))
    const peer = new Peer(pattern)
    peer.send("\x01A")
    peer.send("\x01A")
    options.verbosity = "allSubs"
    peer.send("\x01A")
    expect(receiveAll(pattern)).to.deep.equal([["\x01A"], ["\x01A"]])
  })

  it("reports each topic that a departed peer was subscribed to, in memory of its own", () => {
    const { pattern } = create()
    const peer = new Peer(pattern)
    for (const topic of ["\x01", "\x01A", "\x01BB"]) peer.send(topic)
    for (const [frame] of [pattern.receive()!, pattern.receive()!, pattern.receive()!]) frame!.fill(0xff)
    peer.close()
    expect(receiveAll(pattern)).to.deep.equal([["\x00"], ["\x00A"], ["\x00BB"]])
  })

  it("reports the topics of a departed peer within its high-water mark (ZMQ_RCVHWM), in slices", () => {
    const { pattern, host } = configured({ receiveHighWaterMark: 3000 })
    const [leaver, late] = [new Peer(pattern, { mark: 0 }), new Peer(pattern)]
    for (let topic = 0; topic < 6000; topic++) {
      leaver.send(`\x01${topic}`)
      if (topic % 1000 === 999) receiveAll(pattern)
    }
    leaver.close()
    late.send("\x01late")
    const waiting = (): number => {
      let turns = 0
      while (host.turn()) turns++
      return turns
    }
    expect(waiting()).to.equal(2)
    const told = receiveAll(pattern).map(([notification]) => notification!)
    while (host.turn() || pattern.readable) told.push(...receiveAll(pattern).map(([notification]) => notification!))
    expect(told.pop()).to.equal("\x01late")
    expect(told).to.deep.equal(Array.from({ length: 6000 }, (_, topic) => `\x00${topic}`))
  })

  it("queues no more notifications than receiveHighWaterBytes", () => {
    const { pattern } = configured({ receiveHighWaterMark: 0, receiveHighWaterBytes: 100_000 })
    const peer = new Peer(pattern, { mark: 0 })
    for (let topic = 0; topic < 1000; topic++) peer.send(`\x01${topic}`)
    let waiting = 0
    while (pattern.readable && waiting < 1000 && peer.near.queued > 0) {
      pattern.receive()
      waiting++
    }
    expect(peer.near.queued).to.equal(0)
    expect(waiting).to.be.within(600, 800)
  })

  it("queues any number of notifications without high-water marks, and one with a mark of a byte", () => {
    const queued = [0, 1].map((receiveHighWaterBytes) => {
      const { pattern } = configured({ receiveHighWaterMark: 0, receiveHighWaterBytes })
      const peer = new Peer(pattern)
      for (const topic of "ABC") peer.send(`\x01${topic}`)
      return [peer.near.queued, receiveAll(pattern).length]
    })
    expect(queued).to.deep.equal([
      [0, 3],
      [2, 3],
    ])
  })

  it("does not keep the memory alive that a queued notification arrived in", () => {
    const { pattern } = create()
    const [near, far] = LocalPipe.pair(ownerOf(pattern), { receiveMark: 10 }, new Recorder())
    pattern.attach(near)
    const chunk = Buffer.alloc(100_000)
    chunk.write("\x01A")
    far.send([chunk.subarray(0, 2)])
    const [notification] = pattern.receive()!
    expect([text([notification!]), notification!.buffer.byteLength]).to.deep.equal([["\x01A"], 2])
  })

  it("stops reading when its notifications take exactly receiveHighWaterBytes", () => {
    const cost = costOf([Buffer.from("\x01A")])
    const queued = [cost, cost + 1].map((receiveHighWaterBytes) => {
      const { pattern } = configured({ receiveHighWaterMark: 0, receiveHighWaterBytes })
      const peer = new Peer(pattern)
      for (const topic of "ABC") peer.send(`\x01${topic}`)
      return [peer.near.queued, receiveAll(pattern).length]
    })
    expect(queued).to.deep.equal([
      [2, 3],
      [1, 3],
    ])
  })

  it("reports a subscription again after it had no subscribers", () => {
    const { pattern } = create()
    const peers = [new Peer(pattern), new Peer(pattern)] as const
    for (const frame of ["\x01A", "\x00A", "\x01A"]) peers[0].send(frame)
    peers[0].close()
    peers[1].send("\x01A")
    expect(signs(receiveAll(pattern))).to.deep.equal(["+", "-", "+", "-", "+"])
  })

  it("delivers messages that are not subscriptions", () => {
    const { pattern } = create()
    const peer = new Peer(pattern)
    for (const frames of [["hello", "world"], [""], ["\x02"]]) peer.send(...frames)
    expect(receiveAll(pattern)).to.deep.equal([["hello", "world"], [""], ["\x02"]])
  })

  it("notifies the socket when a message arrives", () => {
    const { pattern, host } = create()
    const peer = new Peer(pattern)
    expect([pattern.readable, receive(pattern), receiveRefusal(pattern)]).to.deep.equal([false, undefined, "EAGAIN"])
    peer.send("\x01A")
    expect([pattern.readable, host.receivables]).to.deep.equal([true, 1])
  })

  it("delivers messages of its peers in the order of arrival, as in libzmq", () => {
    const { pattern } = create()
    const [one, two] = [new Peer(pattern), new Peer(pattern)]
    for (const text of "ab") one.send(text)
    two.send("c")
    one.send("d")
    expect(receiveAll(pattern).flat()).to.deep.equal(["a", "b", "c", "d"])
  })

  it("stops reading from its peers at its high-water mark (ZMQ_RCVHWM)", () => {
    const { pattern } = configured({ receiveHighWaterMark: 2 })
    const peer = new Peer(pattern, { mark: 3 })
    for (const topic of "ABCDE") expect(peer.send(`\x01${topic}`)).to.equal(true)
    expect(peer.send("\x01F")).to.equal(false)
    expect(receiveAll(pattern).flat()).to.deep.equal(Array.from("ABCDE", (topic) => `\x01${topic}`))
    expect(peer.send("\x01F")).to.equal(true)
  })

  it("treats only valid subscriptions as such", () => {
    const { pattern } = create()
    const peer = new Peer(pattern)
    for (const frames of [["\x01A"], ["\x02A"], ["more", "\x00A"], ["", "\x01B"], ["AA"]]) peer.send(...frames)
    for (const text of "AB") send(pattern, text)
    expect(peer.drain().flat()).to.deep.equal(["A"])
  })

  it("extracts subscriptions from messages that begin with one, as in libzmq, and delivers the rest", () => {
    const { pattern } = create()
    const peer = new Peer(pattern)
    for (const frames of [
      ["\x01A", "x"],
      ["\x01B", "\x01C", "y", "z"],
      ["\x00B", ""],
      ["\x00A", "\x01D"],
    ])
      peer.send(...frames)
    expect(receiveAll(pattern)).to.deep.equal([
      ...[["\x01A"], ["x"], ["\x01B"], ["\x01C"], ["y", "z"], ["\x00B"], [""], ["\x00A"], ["\x01D"]],
    ])
    for (const text of "ABCD") send(pattern, text)
    expect(peer.drain().flat()).to.deep.equal(["C", "D"])
  })

  it("reads from its peers in turn with a high-water mark of one, without losing messages", () => {
    const { pattern } = configured({ receiveHighWaterMark: 1 })
    const peers = [new Peer(pattern, { mark: 2 }), new Peer(pattern, { mark: 2 })] as const
    expect(Array.from("ABCD", (topic) => peers[0].send(`\x01${topic}`))).to.deep.equal([true, true, true, false])
    for (const topic of "XY") peers[1].send(`\x01${topic}`)
    const told = receiveAll(pattern).flat()
    for (const topic of ["D", "E"]) expect(peers[0].send(`\x01${topic}`)).to.equal(true)
    told.push(...receiveAll(pattern).flat())
    expect(told.sort()).to.deep.equal(Array.from("ABCDEXY", (topic) => `\x01${topic}`))
  })

  it("reads from a peer before it reads another one twice, with a high-water mark of one", () => {
    const { pattern } = configured({ receiveHighWaterMark: 1 })
    const peers = [new Peer(pattern), new Peer(pattern), new Peer(pattern)] as const
    for (const topic of "abcd") peers[0].send(`\x01${topic}`)
    for (const topic of "ABCD") peers[1].send(`\x01${topic}`)
    for (const topic of "1234") peers[2].send(`\x01${topic}`)
    const topics = receiveAll(pattern)
      .map(([frame]) => frame![1])
      .join("")
    expect(topics.slice(1)).to.equal("bA1cB2dC3D4")
  })

  it("sends its welcome message to each new peer (ZMQ_XPUB_WELCOME_MSG)", () => {
    const { pattern } = configured({ welcomeMessage: Buffer.from("w") })
    const peers = [new Peer(pattern), new Peer(pattern)]
    send(pattern, "other")
    for (const peer of peers) expect(peer.drain()).to.deep.equal([["w"]])
  })

  it("waits for a full peer that has subscribed to a message (ZMQ_XPUB_NODROP)", () => {
    const { pattern, host } = configured({ noDrop: true })
    const [small, large] = [new Peer(pattern, { mark: 1 }), new Peer(pattern)]
    for (const peer of [small, large]) peer.send("\x01A")
    large.send("\x01B")
    expect(["A1", "A2", "B"].map((text) => send(pattern, text))).to.deep.equal([true, false, true])
    const { sendables } = host
    expect(small.drain()).to.deep.equal([["A1"]])
    expect([host.sendables, send(pattern, "A2")]).to.deep.equal([sendables + 1, true])
    expect([small.drain().flat(), large.drain().flat()]).to.deep.equal([["A2"], ["A1", "B", "A2"]])
  })

  it("stops waiting for a full peer that has left, even if its messages were not received yet", () => {
    const { pattern, host } = configured({ noDrop: true, receiveHighWaterMark: 1 })
    const peer = new Peer(pattern, { mark: 2 })
    for (const topic of "ABC") peer.send(`\x01${topic}`)
    expect(["A1", "A2", "A3"].map((text) => send(pattern, text))).to.deep.equal([true, true, false])
    const { sendables } = host
    peer.close()
    expect([host.sendables, send(pattern, "A3")]).to.deep.equal([sendables + 1, true])
    expect(receiveAll(pattern).flat().sort()).to.deep.equal(["\x00A", "\x00B", "\x00C", "\x01A", "\x01B", "\x01C"])
  })

  it("stops waiting for a full peer that has canceled its subscription", () => {
    const { pattern, host } = configured({ noDrop: true })
    const peer = new Peer(pattern, { mark: 2 })
    peer.send("\x01A")
    expect(["A1", "A2", "A3"].map((text) => send(pattern, text))).to.deep.equal([true, true, false])
    const { sendables } = host
    peer.send("\x00A")
    expect(host.sendables).to.be.above(sendables)
    expect([send(pattern, "A3"), peer.drain().flat()]).to.deep.equal([true, ["A1", "A2"]])
  })

  it("stops waiting for a full peer when the application has canceled its subscription", () => {
    const { pattern, host } = configured({ noDrop: true, manual: true })
    const peer = new Peer(pattern, { mark: 1 })
    peer.send("\x01A")
    receive(pattern)
    pattern.subscribe(Buffer.from("A"))
    expect(["A1", "A2"].map((text) => send(pattern, text))).to.deep.equal([true, false])
    const { sendables } = host
    pattern.unsubscribe(Buffer.from("A"))
    expect(host.sendables).to.be.above(sendables)
    expect([send(pattern, "A2"), peer.drain().flat()]).to.deep.equal([true, ["A1"]])
  })

  it("sends to peers that have not subscribed (ZMQ_INVERT_MATCHING)", () => {
    const { pattern } = configured({ invertMatching: true })
    const [none, some, all] = [new Peer(pattern), new Peer(pattern), new Peer(pattern)]
    some.send("\x01A")
    all.send("\x01")
    for (const text of ["AB", "B"]) send(pattern, text)
    expect([none, some, all].map((peer) => peer.drain().flat())).to.deep.equal([["AB", "B"], ["B"], []])
  })

  it("sends everything to peers that cannot subscribe, and reports nothing (epgm)", () => {
    const { pattern } = create("allSubsUnsubs")
    const [deaf, other] = [new Peer(pattern, { absent: true }), new Peer(pattern)]
    deaf.near.peer = { socketType: "SUB", routingId: Buffer.alloc(0), unfiltered: true }
    pattern.peerReady(deaf.near)
    send(pattern, "A", "body")
    expect([deaf.drain(), other.drain(), receive(pattern)]).to.deep.equal([[["A", "body"]], [], undefined])
  })

  describe("manual (ZMQ_XPUB_MANUAL)", () => {
    it("removes any number of subscriptions of a peer that leaves, requested and in effect, and continues", () => {
      const { pattern, host } = configured({ manual: true })
      const [leaving, staying] = [new Peer(pattern), new Peer(pattern)]
      const topics = Array.from({ length: 5000 }, (_, index) => `topic ${index}`)
      for (const topic of topics) {
        leaving.send(`\x01${topic}`)
        expect(receive(pattern)).to.deep.equal([`\x01${topic}`])
        pattern.subscribe(Buffer.from(topic))
      }
      leaving.close()
      const canceled: string[] = []
      do canceled.push(...receiveAll(pattern).flat())
      while (host.turn())
      expect(canceled.sort()).to.deep.equal(topics.map((topic) => `\x00${topic}`).sort())
      expect(pattern.subscribers(Buffer.from(topics[0]!)).size).to.equal(0)
      staying.send("\x01A")
      expect(receive(pattern)).to.deep.equal(["\x01A"])
    })

    it("removes any number of subscriptions that a leaving peer has only requested, or has only got", () => {
      const { pattern, host } = configured({ manual: true })
      const [asking, chosen] = [new Peer(pattern), new Peer(pattern)]
      const topics = Array.from({ length: 3000 }, (_, index) => `topic ${index}`)
      for (const topic of topics) {
        asking.send(`\x01${topic}`)
        receive(pattern)
      }
      chosen.send("hello")
      receive(pattern)
      for (const topic of topics) pattern.subscribe(Buffer.from(topic))
      const turn = (): string[] => {
        const canceled: string[] = []
        do canceled.push(...receiveAll(pattern).flat())
        while (host.turn())
        return canceled
      }
      asking.close()
      expect(turn().sort()).to.deep.equal(topics.map((topic) => `\x00${topic}`).sort())
      chosen.close()
      expect([turn(), topics.filter((topic) => pattern.subscribers(Buffer.from(topic)).size > 0)]).to.deep.equal([
        [],
        [],
      ])
    })

    it("applies subscriptions immediately again after it was reset", () => {
      const options: { -readonly [K in keyof XpubOptions]: XpubOptions[K] } = { ...DEFAULTS, manual: true }
      const { pattern } = host((host) => new XpubPattern(host, options))
      const peer = new Peer(pattern)
      peer.send("\x01A")
      options.manual = false
      peer.send("\x01B")
      for (const text of ["A1", "B1"]) send(pattern, text)
      peer.send("\x00B")
      send(pattern, "B2")
      expect(peer.drain().flat()).to.deep.equal(["B1"])
      expect(receiveAll(pattern).flat()).to.deep.equal(["\x01A", "\x01B", "\x00B"])
    })

    const topic = (name: string): Buffer => Buffer.from(name)

    it("subscribes the peer of the last message received to the topic that the application passes", () => {
      const { pattern } = configured({ manual: true })
      const [one, two] = [new Peer(pattern), new Peer(pattern)]
      one.send("\x01A")
      two.send("\x01B")
      expect(receive(pattern)).to.deep.equal(["\x01A"])
      pattern.subscribe(topic("XA"))
      expect(receive(pattern)).to.deep.equal(["\x01B"])
      pattern.subscribe(topic("XB"))
      for (const text of ["A", "B", "XA", "XB"]) send(pattern, text)
      expect([one.drain().flat(), two.drain().flat()]).to.deep.equal([["XA"], ["XB"]])
    })

    it("cancels only subscriptions that the application cancels", () => {
      const { pattern } = configured({ manual: true })
      const peer = new Peer(pattern)
      peer.send("\x01A")
      receive(pattern)
      pattern.subscribe(topic("XA"))
      peer.send("\x00A")
      expect(receive(pattern)).to.deep.equal(["\x00A"])
      send(pattern, "XA")
      pattern.unsubscribe(topic("XA"))
      send(pattern, "XA")
      expect(peer.drain().flat()).to.deep.equal(["XA"])
    })

    it("reports every subscription, and all those of a departed peer", () => {
      const { pattern } = configured({ manual: true })
      const [one, two] = [new Peer(pattern), new Peer(pattern)]
      for (const peer of [one, one, two]) peer.send("\x01A")
      one.close()
      expect(receiveAll(pattern).flat()).to.deep.equal(["\x01A", "\x01A", "\x01A", "\x00A"])
    })

    it("receives the subscriptions of a peer that comes after those of another", () => {
      const { pattern, host } = configured({ manual: true })
      const early = new Peer(pattern)
      early.send("\x01A")
      const late = new Peer(pattern)
      late.send("\x01B")
      expect([receiveAll(pattern).flat(), host.subscriptions]).to.deep.equal([["\x01A", "\x01B"], 2])
      early.send("\x00A")
      late.close()
      expect([receiveAll(pattern).flat(), host.subscriptions]).to.deep.equal([["\x00A", "\x00B"], 2])
    })

    it("notifies its socket when the application subscribes a peer", () => {
      const { pattern, host } = configured({ manual: true })
      const peer = new Peer(pattern)
      peer.send("\x01A")
      receive(pattern)
      const { subscriptions } = host
      pattern.subscribe(topic("A"))
      expect(host.subscriptions).to.equal(subscriptions + 1)
      peer.close()
      receiveAll(pattern)
      pattern.subscribe(topic("A"))
      expect(host.subscriptions).to.equal(subscriptions + 1)
    })

    it("reports only topics that a departed peer has requested, not those that the application has chosen", () => {
      const { pattern } = configured({ manual: true })
      const peer = new Peer(pattern)
      peer.send("hello")
      expect(receive(pattern)).to.deep.equal(["hello"])
      pattern.subscribe(topic("A"))
      send(pattern, "A1")
      expect(peer.drain()).to.deep.equal([["A1"]])
      peer.close()
      expect(receiveAll(pattern)).to.deep.equal([])
    })

    it("reports a topic that a departed peer has requested, although the application has canceled it", () => {
      const options: { -readonly [K in keyof XpubOptions]: XpubOptions[K] } = { ...DEFAULTS }
      const { pattern } = host((host) => new XpubPattern(host, options))
      const peer = new Peer(pattern)
      peer.send("\x01A")
      options.manual = true
      receive(pattern)
      pattern.unsubscribe(topic("A"))
      send(pattern, "A1")
      expect(peer.drain()).to.deep.equal([])
      peer.close()
      expect(receiveAll(pattern)).to.deep.equal([["\x00A"]])
    })

    it("removes a departed peer, so that no one is subscribed", () => {
      const { pattern } = configured({ manual: true })
      const [gone, other] = [new Peer(pattern), new Peer(pattern)]
      gone.send("\x01A")
      receive(pattern)
      gone.close()
      pattern.subscribe(topic("A"))
      pattern.unsubscribe(topic("A"))
      send(pattern, "A")
      expect([gone.drain(), other.drain()]).to.deep.equal([[], []])
    })

    it("delivers messages that are not subscriptions", () => {
      const { pattern } = configured({ manual: true })
      new Peer(pattern).send("hello")
      expect(receive(pattern)).to.deep.equal(["hello"])
    })

    it("sends the next message only to the last subscriber (ZMQ_XPUB_MANUAL_LAST_VALUE)", () => {
      const { pattern, host } = configured({ manualLastValue: true })
      const [one, two] = [new Peer(pattern, { mark: 1 }), new Peer(pattern)]
      for (const peer of [one, two]) {
        peer.send("\x01A")
        receive(pattern)
        pattern.subscribe(topic("A"))
        send(pattern, "A last")
      }
      send(pattern, "A all")
      expect([one.drain().flat(), two.drain().flat()]).to.deep.equal([["A last"], ["A last", "A all"]])
      one.send("\x01A")
      receive(pattern)
      send(pattern, "not asked for")
      for (const text of ["A 1", "A 2"]) send(pattern, text)
      const { drops } = host
      one.send("\x01A")
      receive(pattern)
      send(pattern, "A full")
      expect([one.drain().flat(), host.drops]).to.deep.equal([["A 1"], drops + 1])
    })

    it("remembers the sender of the last message, whichever other peer leaves", () => {
      const { pattern } = configured({ manual: true })
      const [peer, leaving] = [new Peer(pattern), new Peer(pattern)]
      peer.send("\x01A")
      receive(pattern)
      leaving.close()
      pattern.subscribe(topic("A"))
      send(pattern, "A")
      expect(peer.drain().flat()).to.deep.equal(["A"])
    })

    it("sends later messages to all subscribers again", () => {
      const { pattern } = configured({ manualLastValue: true })
      const peers = [new Peer(pattern), new Peer(pattern)]
      for (const peer of peers) {
        peer.send("\x01A")
        receive(pattern)
        pattern.subscribe(topic("A"))
      }
      for (const text of ["A last", "A all"]) expect(send(pattern, text)).to.equal(true)
      expect(peers.map((peer) => peer.drain().flat())).to.deep.equal([["A all"], ["A last", "A all"]])
    })

    it("sends it to no peer if that subscriber has left", () => {
      const { pattern } = configured({ manualLastValue: true })
      const [gone, other] = [new Peer(pattern), new Peer(pattern)]
      other.send("\x01")
      receive(pattern)
      pattern.subscribe(topic(""))
      gone.send("\x01A")
      gone.close()
      receive(pattern)
      send(pattern, "A")
      expect(other.drain()).to.be.empty
    })
  })
})
