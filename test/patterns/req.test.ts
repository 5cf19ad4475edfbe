import { expect } from "chai"
import { ReqPattern, type ReqOptions } from "../../src/patterns/req.js"
import { host, Peer, receive, receiveRefusal, send, sendRefusal } from "../support/peer.js"
import { DEFAULTS } from "../support/pattern-options.js"

const create = () => host((host) => new ReqPattern(host, DEFAULTS))

const configured = (options: Partial<ReqOptions>) => host((host) => new ReqPattern(host, { ...DEFAULTS, ...options }))

describe('REQ (RFC 28, "The REQ Socket Type")', () => {
  it("wakes a waiting sender when a peer that has failed is ready again", () => {
    const { pattern, host } = create()
    const peer = new Peer(pattern)
    pattern.peerFailed(peer.near)
    expect(send(pattern, "1")).to.equal(false)
    const { sendables } = host
    peer.arrive()
    expect([host.sendables, send(pattern, "1"), peer.drain()]).to.deep.equal([sendables + 1, true, [["", "1"]]])
  })

  it("prefixes the outgoing message with an empty delimiter frame, and removes it from the reply", () => {
    const { pattern } = create()
    const peer = new Peer(pattern)
    send(pattern, "question", "details")
    expect(peer.drain()).to.deep.equal([["", "question", "details"]])
    peer.send("", "answer", "", "more")
    expect(receive(pattern)).to.deep.equal(["answer", "", "more"])
  })

  it("routes outgoing messages to available peers using a round-robin strategy", () => {
    const { pattern } = create()
    const peers = [new Peer(pattern), new Peer(pattern)] as const
    for (const [index, peer] of [...peers, ...peers].entries()) {
      send(pattern, String(index))
      expect(peer.drain()).to.deep.equal([["", String(index)]])
      peer.send("", "ok")
      receive(pattern)
    }
  })

  it("does not send a second request before the reply to the first", () => {
    const { pattern, host } = create()
    const peer = new Peer(pattern)
    send(pattern, "1")
    expect([pattern.writable, pattern.requestRoom()]).to.deep.equal([false, false])
    expect([send(pattern, "2"), sendRefusal(pattern)]).to.deep.equal([false, "EFSM"])
    expect(receiveRefusal(pattern)).to.equal("EAGAIN")
    const { sendables } = host
    peer.send("", "ok")
    receive(pattern)
    expect(host.sendables).to.equal(sendables + 1)
    expect([pattern.writable, send(pattern, "2")]).to.deep.equal([true, true])
    expect(peer.drain()).to.deep.equal([
      ["", "1"],
      ["", "2"],
    ])
  })

  it("does not receive before it has sent a request", () => {
    const { pattern, host } = create()
    const peer = new Peer(pattern)
    peer.send("", "unasked")
    expect([pattern.readable, receive(pattern), receiveRefusal(pattern)]).to.deep.equal([false, undefined, "EFSM"])
    expect(host.receivables).to.equal(0)
  })

  it("blocks on sending when it has no available peers", () => {
    const { pattern } = create()
    expect([pattern.writable, send(pattern, "1"), sendRefusal(pattern)]).to.deep.equal([false, false, "EAGAIN"])
    new Peer(pattern)
    expect([pattern.writable, send(pattern, "1")]).to.deep.equal([true, true])
  })

  it("accepts an incoming message only from the last peer that it sent a request to", () => {
    const { pattern } = create()
    const [asked, other] = [new Peer(pattern), new Peer(pattern)]
    send(pattern, "q")
    other.send("", "from another")
    expect(receive(pattern)).to.equal(undefined)
    asked.send("", "from the one")
    expect(receive(pattern)).to.deep.equal(["from the one"])
  })

  it("does not accept a message of another peer while the request is being sent, as inproc does synchronously", () => {
    const { pattern } = create()
    const got: (string[] | undefined)[] = []
    class Asked extends Peer {
      override readActivated(): void {
        other.send("", "from another")
        got.push(receive(pattern))
        this.send("", "from the one")
        got.push(receive(pattern))
      }
    }
    new Asked(pattern)
    const other = new Peer(pattern)
    send(pattern, "q")
    expect(got).to.deep.equal([undefined, ["from the one"]])
  })

  it("silently discards messages between a reply and the next request", () => {
    const { pattern, host } = create()
    const peer = new Peer(pattern)
    peer.send("", "unasked")
    send(pattern, "1")
    expect([receive(pattern), host.drops]).to.deep.equal([undefined, 1])
    peer.send("", "one")
    expect(receive(pattern)).to.deep.equal(["one"])
  })

  it("skips replies without a delimiter before a body", () => {
    const { pattern, host } = create()
    const peer = new Peer(pattern)
    send(pattern, "q")
    for (const malformed of [["a"], [""], ["a", "b"], ["abcd", "", "a"]]) peer.send(...malformed)
    expect([receive(pattern), host.drops]).to.deep.equal([undefined, 4])
    peer.send("", "")
    expect(receive(pattern)).to.deep.equal([""])
  })

  it("notifies the socket when the reply arrives", () => {
    const { pattern, host } = create()
    const peer = new Peer(pattern)
    send(pattern, "q")
    expect([pattern.readable, host.receivables]).to.deep.equal([false, 0])
    peer.send("", "a")
    expect([pattern.readable, host.receivables]).to.deep.equal([true, 1])
  })

  it("keeps waiting if the peer has left that the request was sent to, as in libzmq, and then accepts a reply from any peer", () => {
    const { pattern } = create()
    const [asked, other] = [new Peer(pattern), new Peer(pattern)]
    send(pattern, "q")
    asked.drain()
    asked.close()
    expect([pattern.writable, receive(pattern)]).to.deep.equal([false, undefined])
    other.send("", "from another")
    expect(receive(pattern)).to.deep.equal(["from another"])
  })

  it("receives the reply of a peer that left after sending it", () => {
    const { pattern } = create()
    const peer = new Peer(pattern)
    send(pattern, "q")
    peer.send("", "a")
    peer.close()
    expect(receive(pattern)).to.deep.equal(["a"])
  })

  it("does not repeat its request to a peer that reconnects", () => {
    const { pattern } = create()
    const peer = new Peer(pattern)
    send(pattern, "q")
    expect(peer.drain()).to.have.length(1)
    peer.leave()
    peer.arrive()
    expect(peer.drain()).to.be.empty
    peer.send("", "a")
    expect(receive(pattern)).to.deep.equal(["a"])
  })

  it("receives one reply to each request", () => {
    const { pattern } = create()
    const peer = new Peer(pattern)
    send(pattern, "q")
    for (const text of ["first", "second"]) peer.send("", text)
    expect([receive(pattern), receive(pattern), pattern.readable]).to.deep.equal([["first"], undefined, false])
    send(pattern, "q2")
    expect(receive(pattern)).to.equal(undefined)
  })

  it("waits for the peer that the request was sent to, whichever others leave", () => {
    const { pattern } = create()
    const [asked, leaving, other] = [new Peer(pattern), new Peer(pattern), new Peer(pattern)]
    send(pattern, "q")
    leaving.close()
    other.send("", "unasked")
    asked.send("", "a")
    expect(receive(pattern)).to.deep.equal(["a"])
  })

  it("notifies the socket when a full peer has room again", () => {
    const { pattern, host } = create()
    const peer = new Peer(pattern, { mark: 1 })
    send(pattern, "1")
    peer.send("", "answered without looking")
    receive(pattern)
    expect([send(pattern, "2"), sendRefusal(pattern)]).to.deep.equal([false, "EAGAIN"])
    const { sendables } = host
    peer.drain()
    expect([host.sendables, pattern.writable]).to.deep.equal([sendables + 1, true])
  })

  describe("correlated (ZMQ_REQ_CORRELATE)", () => {
    it("sends an id of four bytes before the delimiter, a different one for each request", () => {
      const { pattern } = configured({ correlate: true })
      const peer = new Peer(pattern)
      const ids = ["1", "2"].map((text) => {
        send(pattern, text)
        const [id, ...rest] = peer.receive()!
        expect(rest).to.deep.equal(["", text])
        expect(id).to.have.length(4)
        peer.send(id!, "", "ok")
        expect(receive(pattern)).to.deep.equal(["ok"])
        return id
      })
      expect(ids[0]).not.to.equal(ids[1])
    })

    it("counts its requests, and wraps around after the largest id", () => {
      const { random } = Math
      Math.random = () => 1 - 1 / 0x1_0000_0000
      const { pattern } = configured({ correlate: true })
      Math.random = random
      const peer = new Peer(pattern)
      const ids = ["1", "2", "3"].map((text) => {
        send(pattern, text)
        const id = peer.receive()![0]!
        peer.send(id, "", "ok")
        expect(receive(pattern)).to.deep.equal(["ok"])
        return Buffer.from(id, "latin1").readUInt32LE()
      })
      expect(ids).to.deep.equal([0, 1, 2])
    })

    it("drops replies with another id, or without one", () => {
      const { pattern } = configured({ correlate: true })
      const peer = new Peer(pattern)
      send(pattern, "1")
      const [id] = peer.receive()!
      for (const frames of [["", "none"], ["\0\0\0\0\0", "", "long"], [`${id![0]}abc`, "", "other"], [id!]]) {
        peer.send(...frames)
      }
      expect(receive(pattern)).to.equal(undefined)
      peer.send(id!, "", "right")
      expect(receive(pattern)).to.deep.equal(["right"])
    })
  })

  describe("relaxed (ZMQ_REQ_RELAXED)", () => {
    it("accepts a request before the reply to the last one, which it then drops", () => {
      const { pattern } = configured({ relaxed: true, correlate: true })
      const peers = [new Peer(pattern), new Peer(pattern)] as const
      send(pattern, "1")
      const [first] = peers[0].receive()!
      expect([pattern.writable, send(pattern, "2"), sendRefusal(pattern)]).to.deep.equal([true, true, "EAGAIN"])
      const [second] = peers[1].receive()!
      peers[0].send(first!, "", "late")
      peers[1].send(second!, "", "in time")
      expect(receive(pattern)).to.deep.equal(["in time"])
    })

    it("still accepts the reply to the last request after another could not be sent", () => {
      const { pattern } = configured({ relaxed: true })
      const [asked, full] = [new Peer(pattern), new Peer(pattern, { mark: 1 })]
      for (const text of "123") expect(send(pattern, text)).to.equal(true)
      pattern.peerFailed(asked.near)
      expect(send(pattern, "4")).to.equal(false)
      full.send("", "late")
      asked.send("", "in time")
      expect([receive(pattern), receive(pattern)]).to.deep.equal([["in time"], undefined])
    })

    it("still accepts the id of the last request after another could not be sent", () => {
      const { pattern } = configured({ relaxed: true, correlate: true })
      const peer = new Peer(pattern, { mark: 1 })
      expect([send(pattern, "1"), send(pattern, "2")]).to.deep.equal([true, false])
      const [id] = peer.receive()!
      peer.send(id!, "", "in time")
      expect(receive(pattern)).to.deep.equal(["in time"])
    })

    it("drops a reply that arrived before the next request", () => {
      const { pattern, host } = configured({ relaxed: true })
      const peer = new Peer(pattern)
      send(pattern, "1")
      peer.send("", "late")
      const { drops } = host
      send(pattern, "2")
      expect([receive(pattern), host.drops]).to.deep.equal([undefined, drops + 1])
      peer.send("", "in time")
      expect(receive(pattern)).to.deep.equal(["in time"])
    })
  })
})
