import { expect } from "chai"
import { LocalPipe } from "../../../src/core/pipe/local-pipe.js"
import type { Pipe } from "../../../src/core/pipe/pipe.js"
import type { PipeEndOptions } from "../../../src/core/pipe/pipe-limits.js"
import { costOf } from "../../../src/zmtp/cost.js"
import { message, text } from "../../support/messages.js"
import { Recorder } from "../../support/recorder.js"

function create(near: PipeEndOptions = {}, far: PipeEndOptions = {}) {
  const [here, there] = [new Recorder(), new Recorder()]
  const [nearEnd, farEnd] = LocalPipe.pair(here, near, there, far)
  return { near: nearEnd, far: farEnd, here, there }
}

/** Number of messages that `pipe` accepts. */
function fill(pipe: Pipe, attempts = 50): number {
  let count = 0
  while (count < attempts && pipe.send(message(String(count)))) count++
  return count
}

const drain = (pipe: Pipe): (string | undefined)[] => {
  const received: (string | undefined)[] = []
  for (let next = pipe.receive(); next !== undefined; next = pipe.receive()) received.push(text(next)![0])
  return received
}

describe("LocalPipe", () => {
  it("transfers messages in both directions, in order", () => {
    const { near, far } = create({ sendMark: 5, receiveMark: 5 })
    for (const item of "12") near.send(message(item))
    far.send(message("back", ""))
    expect([far.queued, near.readable]).to.deep.equal([2, true])
    expect(drain(far)).to.deep.equal(["1", "2"])
    expect(text(near.receive())).to.deep.equal(["back", ""])
    expect([far.queued, near.readable]).to.deep.equal([0, false])
  })

  it("announces the first message after none was found, but not further ones", () => {
    const { near, far, there } = create({ sendMark: 5 })
    near.send(message("1"))
    near.send(message("2"))
    expect(there.take()).to.deep.equal(["readActivated"])
    drain(far)
    near.send(message("3"))
    expect(there.take()).to.deep.equal(["readActivated"])
  })

  describe("with high-water marks", () => {
    const sums: [near: PipeEndOptions, far: PipeEndOptions, taken: number][] = [
      [{ sendMark: 3 }, { receiveMark: 2 }, 5],
      [{ sendMark: 3 }, {}, 3],
      [{}, { receiveMark: 2 }, 2],
      [{ sendMark: 0 }, { receiveMark: 2 }, 50],
      [{ sendMark: 3 }, { receiveMark: 0 }, 50],
      [{ receiveMark: 9 }, { sendMark: 9 }, 0],
    ]
    for (const [near, far, taken] of sums) {
      it(`accepts ${taken} messages of 50 with ${JSON.stringify(near)} here and ${JSON.stringify(far)} there`, () => {
        const pipe = create(near, far).near
        expect(fill(pipe)).to.equal(taken)
        expect(pipe.requestRoom()).to.equal(taken === 50)
      })
    }

    it("counts each direction separately", () => {
      const { near, far } = create({ sendMark: 1, receiveMark: 2 }, { sendMark: 3, receiveMark: 4 })
      expect([fill(near), fill(far)]).to.deep.equal([5, 5])
    })

    it("accepts messages again when half of them are received", () => {
      for (const [mark, left] of [
        [1, 0],
        [4, 2],
        [5, 2],
      ] as const) {
        const { near, far, here } = create({ sendMark: mark })
        fill(near)
        while (far.queued > left + 1) far.receive()
        expect([here.take(), near.requestRoom(), near.send(message("no"))]).to.deep.equal([[], false, false])
        far.receive()
        expect([here.take(), near.requestRoom()]).to.deep.equal([["writeActivated"], true])
      }
    })

    it("announces room only to an end that found none", () => {
      const { near, far, here } = create({ sendMark: 2 })
      for (const item of "12") near.send(message(item))
      drain(far)
      expect(here.take()).to.be.empty
      for (const item of "34") near.send(message(item))
      expect(near.requestRoom()).to.equal(false)
      drain(far)
      expect(here.take()).to.deep.equal(["writeActivated"])
    })

    it("applies raised marks, and keeps queued messages beyond lowered ones", () => {
      const { near, far, here } = create({ sendMark: 2 })
      fill(near)
      near.setMarks(4, undefined)
      expect(here.take()).to.deep.equal(["writeActivated"])
      expect([fill(near), far.queued]).to.deep.equal([2, 4])
      near.setMarks(1, undefined)
      far.setMarks(undefined, 1)
      expect(near.requestRoom()).to.equal(false)
      expect(drain(far)).to.have.length(4)
      expect(fill(near)).to.equal(2)
    })

    it("accepts messages that are exempt from the marks", () => {
      const { near, far } = create({ sendMark: 1 })
      fill(near)
      near.sendPastMark(message("subscription"))
      expect(drain(far)).to.deep.equal(["0", "subscription"])
    })
  })

  describe("conflation (ZMQ_CONFLATE)", () => {
    for (const [name, near, far] of [
      ["its sender", { sendMark: 1, conflatesSent: true }, {}],
      ["its receiver", { sendMark: 1 }, { conflatesReceived: true }],
    ] as const) {
      it(`keeps only the newest message if ${name} requests it`, () => {
        const pipe = create(near, far)
        expect(fill(pipe.near)).to.equal(50)
        expect(pipe.near.requestRoom()).to.equal(true)
        expect(drain(pipe.far)).to.deep.equal(["49"])
        expect(fill(pipe.far)).to.equal(0)
      })
    }
  })

  it("copies small frames of a sender that may reuse its memory", () => {
    const { near, far } = create({ sendMark: 2, copies: true }, { sendMark: 1 })
    const [mine, theirs] = [message("mine"), message("theirs")]
    near.send(mine)
    far.send(theirs)
    mine[0]!.fill("x")
    expect(text(far.receive())).to.deep.equal(["mine"])
    expect(near.receive()).to.equal(theirs)
  })

  it("announces its peer each time it connects", () => {
    const { near, far, here } = create()
    const peer = { socketType: "REP", routingId: Buffer.from("id") }
    far.announcePeer(peer)
    expect([near.peer, here.take(), here.pipe]).to.deep.equal([peer, ["peerReady"], near])
    far.withdrawPeer()
    expect(near.peer).to.equal(undefined)
    far.announcePeer(peer)
    expect(here.take()).to.deep.equal(["peerReady"])
    near.close()
    far.announcePeer(peer)
    expect(here.take()).to.be.empty
  })

  describe("sink", () => {
    it("passes messages on without queueing while the sink accepts them", () => {
      const { near, far } = create({ sendMark: 2 })
      const taken: unknown[] = []
      let open = true
      far.sink = {
        accept: (sent) => {
          if (open) taken.push(text(sent))
          return open
        },
      }
      near.send(message("1"))
      near.sendPastMark(message("2"))
      open = false
      near.send(message("3"))
      near.sendPastMark(message("4"))
      open = true
      near.send(message("5"))
      expect(taken).to.deep.equal([["1"], ["2"]])
      expect(drain(far)).to.deep.equal(["3", "4"])
      near.send(message("6"))
      expect(taken).to.deep.equal([["1"], ["2"], ["6"]])
    })
  })

  it("takes back messages that were not received", () => {
    const { near, far, here } = create({ sendMark: 2 })
    fill(near)
    near.discardSent()
    expect([far.queued, here.take()]).to.deep.equal([0, ["writeActivated"]])
    expect(fill(near)).to.equal(2)
  })

  describe("another owner", () => {
    it("has its own marks, and is notified of earlier messages", () => {
      const { near, far, there } = create({ sendMark: 1 })
      fill(near)
      far.transferTo(new Recorder(), {})
      const owner = new Recorder()
      far.transferTo(owner, { receiveMark: 2, sendMark: 1, copies: true })
      expect(owner.take()).to.be.empty
      far.activate()
      expect([owner.take(), fill(near)]).to.deep.equal([["readActivated"], 2])
      expect(there.take()).to.deep.equal(["readActivated"])
      expect(fill(far)).to.equal(1)
    })

    it("copies small frames if the new owner may reuse its memory", () => {
      const { near, far } = create({ sendMark: 2 }, { sendMark: 1 })
      for (const [copies, expected] of [
        [true, "mine"],
        [false, "xxxx"],
        [undefined, "xxxx"],
      ] as const) {
        far.transferTo(new Recorder(), { sendMark: 1, ...(copies === undefined ? {} : { copies }) })
        const mine = message("mine")
        far.send(mine)
        mine[0]!.fill("x")
        expect(text(near.receive())).to.deep.equal([expected])
      }
    })

    it("is not notified if no messages are queued", () => {
      const { far } = create()
      const owner = new Recorder()
      far.transferTo(owner, { conflatesReceived: true })
      far.activate()
      expect(owner.take()).to.be.empty
    })

    it("can request only the newest message", () => {
      const { near, far } = create({ sendMark: 5 })
      far.transferTo(new Recorder(), { conflatesReceived: true })
      fill(near)
      expect(drain(far)).to.deep.equal(["49"])
    })

    it("keeps what else it has requested when its marks are set", () => {
      const { near, far } = create()
      far.transferTo(new Recorder(), { sendMark: 1, conflatesReceived: true, copies: true })
      far.setMarks(5, 5)
      fill(near)
      expect(drain(far)).to.deep.equal(["49"])
      const mine = message("mine")
      far.send(mine)
      mine[0]!.fill("x")
      expect(text(near.receive())).to.deep.equal(["mine"])
    })

    it("can request that only its own newest message is kept", () => {
      const { near, far } = create()
      far.transferTo(new Recorder(), { sendMark: 1, conflatesSent: true })
      fill(far)
      expect(drain(near)).to.deep.equal(["49"])
    })
  })

  describe("close", () => {
    it("drops messages that this end has not received", () => {
      const { near, far } = create({ receiveMark: 5 })
      far.send(message("1"))
      near.close()
      expect([near.receive(), near.readable, near.finished]).to.deep.equal([undefined, false, true])
    })

    it("notifies only the other end, immediately if it is empty", () => {
      const { near, far, here, there } = create()
      near.close()
      expect([here.take(), there.take(), far.finished]).to.deep.equal([[], ["pipeTerminated"], true])
      near.close()
      far.close()
      expect([here.take(), there.take()]).to.deep.equal([[], []])
    })

    it("notifies the other end immediately even if its last message had woken this end", () => {
      const { near, far, there } = create({ sendMark: 1 })
      fill(near)
      far.receive()
      there.take()
      near.close()
      expect(there.take()).to.deep.equal(["pipeTerminated"])
    })

    it("has no effect the second time", () => {
      const { near, far, there } = create({ sendMark: 5 })
      near.send(message("1"))
      near.close()
      far.receive()
      near.close()
      expect([there.take(), far.finished]).to.deep.equal([["readActivated"], true])
      expect([far.receive(), there.take()]).to.deep.equal([undefined, ["pipeTerminated"]])
    })

    it("notifies the other end after it has received everything", () => {
      const { near, far, there } = create({ sendMark: 5 })
      for (const item of "12") near.send(message(item))
      near.close()
      expect([there.take(), far.finished]).to.deep.equal([["readActivated"], false])
      expect(drain(far)).to.deep.equal(["1", "2"])
      expect([there.take(), far.finished]).to.deep.equal([["pipeTerminated"], true])
      far.receive()
      expect(there.take()).to.be.empty
    })

    it("accepts no messages at either end", () => {
      const { near, far, here, there } = create({ sendMark: 5, receiveMark: 5 })
      near.send(message("1"))
      near.close()
      near.sendPastMark(message("2"))
      far.sendPastMark(message("3"))
      expect([near.send(message("4")), far.send(message("5"))]).to.deep.equal([false, false])
      expect([near.requestRoom(), far.requestRoom()]).to.deep.equal([false, false])
      expect(drain(far)).to.deep.equal(["1"])
      expect([here.take(), there.take()]).to.deep.equal([[], ["readActivated", "pipeTerminated"]])
    })

    it("reports messages that this end has not received to their sender, even if it is closed", () => {
      for (const closes of [false, true]) {
        const { near, far, here, there } = create({ sendMark: 5 })
        for (const item of "123") near.send(message(item))
        far.receive()
        if (closes) near.close()
        far.close()
        far.close()
        expect([here.undeliveredTexts, there.undeliveredTexts]).to.deep.equal([["2", "3"], []])
      }
    })

    it("tells the other end why it was evicted, and nothing if the pipe was closed", () => {
      const reason = new Error("too many subscriptions")
      const evicting = create()
      evicting.near.evict(reason)
      expect(evicting.far.expelled).to.equal(reason)
      expect([
        evicting.near.finished,
        evicting.far.finished,
        evicting.there.take(),
        evicting.here.take(),
      ]).to.deep.equal([true, true, ["pipeTerminated"], []])
      const closing = create()
      closing.near.close()
      expect(closing.far.expelled).to.equal(undefined)
    })

    it("reports messages that it takes back when it evicts the peer", () => {
      const { near, here, there } = create({ sendMark: 5 })
      for (const item of "12") near.send(message(item))
      near.evict(new Error("on purpose"))
      expect([here.undeliveredTexts, there.undeliveredTexts]).to.deep.equal([["1", "2"], []])
    })

    it("drops its sent messages if the other end closes, too", () => {
      const { near, far, here, there } = create({ sendMark: 5 })
      near.send(message("1"))
      near.close()
      far.close()
      expect([far.receive(), far.finished, there.take()]).to.deep.equal([undefined, true, ["readActivated"]])
      expect([near.receive(), here.take()]).to.deep.equal([undefined, []])
    })

    it("wakes a sender that waits for room that will never exist, while messages are left to receive", () => {
      const { near, far, here } = create({ sendMark: 1 }, { sendMark: 1 })
      fill(near)
      far.send(message("last words"))
      here.take()
      far.close()
      expect([here.take(), near.severed, near.requestRoom(), near.send(message("no"))]).to.deep.equal([
        ["writeActivated"],
        true,
        false,
        false,
      ])
      near.setMarks(10, undefined)
      expect([here.take(), drain(near), here.take()]).to.deep.equal([[], ["last words"], ["pipeTerminated"]])
    })

    it("comes after the last message even if the sender closes because there is room again", () => {
      const { near, far, here, there } = create({ sendMark: 1 })
      fill(near)
      here.writeActivated = () => {
        near.close()
      }
      there.take()
      expect([text(far.receive()), there.take()]).to.deep.equal([["0"], []])
      expect([far.receive(), there.take()]).to.deep.equal([undefined, ["pipeTerminated"]])
    })

    it("does not notify an end that closes while it is told which messages were not received", () => {
      const { near, far, here } = create({ sendMark: 5 })
      near.send(message("1"))
      here.undelivered = () => {
        near.close()
      }
      far.close()
      expect(here.take()).to.deep.equal([])
    })

    it("does not wake a sender that waits for room if no messages are left to receive", () => {
      const { near, far, here } = create({ sendMark: 1 })
      fill(near)
      far.close()
      near.setMarks(10, undefined)
      expect([here.take(), near.requestRoom()]).to.deep.equal([["pipeTerminated"], false])
    })
  })

  describe("limits in bytes", () => {
    const frames = (...sizes: number[]): Uint8Array[] => sizes.map((size) => Buffer.alloc(size))

    it("count nothing without a limit", () => {
      const { near, far } = create({ sendMark: 5 })
      for (const item of "123") near.send(message(item))
      far.receive()
      far.setMarks(undefined, 0, undefined, 0)
      expect([far.queued, far.queuedBytes]).to.deep.equal([2, 0])
    })

    it("can be those of the sender", () => {
      const limit = 4 * costOf(frames(1))
      const { near, far } = create({ sendMark: 0, sendBytes: limit }, { sendMark: 0 })
      const fillBytes = (pipe: Pipe): number => {
        let count = 0
        while (count < 50 && pipe.send(frames(1))) count++
        return count
      }
      expect([fillBytes(near), fillBytes(far)]).to.deep.equal([4, 50])
      near.setMarks(0, undefined, 2 * limit)
      expect(fillBytes(near)).to.equal(4)
    })

    it("are not relaxed by setting them again while a message keeps additional memory alive", () => {
      for (const copies of [false, true]) {
        const { near, far } = create({ copies }, { receiveMark: 0, receiveBytes: 10_000 })
        near.send(frames(1))
        near.chargeSent(20_000)
        far.setMarks(undefined, 0, undefined, 15_000)
        expect(near.writable).to.equal(false)
        far.receive()
        expect([near.writable, far.queuedBytes]).to.deep.equal([true, 0])
      }
    })

    it("count the overhead of messages and frames", () => {
      const { near, far } = create({}, { receiveMark: 0, receiveBytes: 10_000 })
      const empty = Array<number>(20).fill(0)
      let taken = 0
      while (near.send(frames(...empty))) taken++
      expect(taken).to.equal(Math.ceil(10_000 / costOf(frames(...empty))))
      expect(far.queued).to.equal(taken)
    })

    for (const copies of [false, true]) {
      it(`count additional memory that the last message keeps alive, ${copies ? "if" : "unless"} frames are copied`, () => {
        const { near, far, here } = create({ copies }, { receiveMark: 0, receiveBytes: 10_000 })
        near.chargeSent(1_000_000) // The queue is empty, so there is no memory to charge.
        expect(near.requestRoom()).to.equal(true)
        near.send(frames(1))
        near.send(frames(1))
        near.chargeSent(5000)
        near.chargeSent(5000)
        expect(near.requestRoom()).to.equal(false)
        far.receive()
        expect(here.take()).to.deep.equal([])
        far.receive()
        expect(here.take()).to.deep.equal(["writeActivated"])
        for (let sent = 0; sent < Math.ceil(10_000 / costOf(frames(1))); sent++)
          expect(near.send(frames(1))).to.equal(true)
        expect(near.send(frames(1))).to.equal(false)
      })
    }

    for (const copies of [false, true]) {
      it(`count messages that were queued before they were set, with frames that are ${copies ? "copied" : "kept"}`, () => {
        const { near, far, here } = create({ copies, sendMark: 0 }, { receiveMark: 0 })
        const limit = 2 * costOf(frames(1))
        near.send(frames(1))
        near.send(frames(1))
        far.setMarks(undefined, 0, undefined, limit)
        expect(near.requestRoom()).to.equal(false)
        far.receive()
        expect([here.take(), near.requestRoom()]).to.deep.equal([["writeActivated"], true])
      })
    }

    it("count a frame by its size when it was sent, even if the application has transferred its memory since", () => {
      const { near, far } = create({ copies: true, sendMark: 0 }, { receiveMark: 0 })
      const large = new Uint8Array(100_000)
      near.send([large])
      far.setMarks(undefined, 0, undefined, 50_000)
      expect(near.requestRoom()).to.equal(false)
      structuredClone(large.buffer, { transfer: [large.buffer] })
      far.receive()
      expect(near.requestRoom()).to.equal(true)
    })

    it("apply to both directions, and count anew when they are set again", () => {
      const cost = costOf(frames(1))
      const { near, far } = create(
        { copies: true, sendMark: 0, receiveMark: 0, receiveBytes: 2 * cost },
        { copies: true, sendMark: 0, receiveMark: 0, receiveBytes: 3 * cost },
      )
      const fillFrom = (pipe: Pipe): number => {
        let count = 0
        while (pipe.send(frames(1))) count++
        return count
      }
      expect([fillFrom(near), fillFrom(far)]).to.deep.equal([3, 2])
      far.setMarks(undefined, 0, undefined, 0)
      expect(near.send(frames(1))).to.equal(true)
      far.setMarks(undefined, 0, undefined, 5 * cost)
      expect([near.requestRoom(), fillFrom(near)]).to.deep.equal([true, 1])
      for (let count = 0; count < 5; count++) far.receive()
      expect(fillFrom(near)).to.equal(5)
    })

    it("count nothing for messages that were taken back or dropped", () => {
      const limit = 4 * costOf(frames(1))
      const { near, far } = create({ sendMark: 0 }, { receiveMark: 0, receiveBytes: limit })
      const fillBytes = (): number => {
        let count = 0
        while (near.send(frames(1))) count++
        return count
      }
      expect(fillBytes()).to.equal(4)
      near.discardSent()
      expect(far.queuedBytes).to.equal(0)
      expect([near.requestRoom(), fillBytes(), far.queued]).to.deep.equal([true, 4, 4])
    })

    it("count later messages by their own size after larger ones were taken back", () => {
      const { near, far } = create({ copies: true, sendMark: 0 }, { receiveMark: 0, receiveBytes: 10_000 })
      near.send(frames(5000))
      near.discardSent()
      near.send(frames(1))
      far.receive()
      expect(far.queuedBytes).to.equal(0)
    })

    it("wake a sender that waits for room when half of the bytes are received, not before", () => {
      const cost = costOf(frames(1))
      const { near, far, here } = create({ sendMark: 0 }, { receiveMark: 0, receiveBytes: 4 * cost })
      while (near.send(frames(1)));
      far.receive()
      expect(here.take()).to.deep.equal([])
      far.receive()
      expect([here.take(), far.queued]).to.deep.equal([["writeActivated"], 2])
    })

    it("count only frames if they are set after additional memory was charged", () => {
      const { near, far } = create({}, { receiveMark: 0, receiveBytes: 10_000 })
      near.send(frames(1))
      near.chargeSent(20_000)
      expect(near.writable).to.equal(false)
      far.setMarks(undefined, 0, undefined, 0)
      expect(near.writable).to.equal(true)
      near.chargeSent(20_000) // Nothing is charged when there is no limit.
      far.setMarks(undefined, 0, undefined, 10_000)
      expect(near.writable).to.equal(true)
      far.receive()
      expect(far.queuedBytes).to.equal(0)
    })
  })
})
