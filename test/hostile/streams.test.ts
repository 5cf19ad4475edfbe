import { expect } from "chai"
import { hex } from "../support/cuts.js"
import { sessionBenches } from "../support/session-bench.js"
import { GREETING_3_1, READY } from "../support/vectors.js"

describe("a stream that acts while it is being written to", () => {
  const create = sessionBenches()

  it("does not give the socket a peer when it ends with the last command of the handshake", () => {
    const bench = create()
    const { stream } = bench
    stream.say(GREETING_3_1.subarray(0, 10))
    stream.write = () => {
      stream.owner!.closed(undefined)
      return false
    }
    stream.say(Buffer.concat([GREETING_3_1.subarray(10), READY.DEALER]))
    expect([bench.take(), bench.socket.take()]).to.deep.equal([["lost in handshake"], []])
    expect([bench.session.pipe, bench.session.peer]).to.deep.equal([undefined, undefined])
  })

  it("completes the handshake once when it delivers the peer's answer", () => {
    const bench = create()
    const { stream } = bench
    const write = stream.write.bind(stream)
    stream.write = () => {
      stream.write = write
      stream.say(READY.DEALER, hex("000161"))
      return true
    }
    stream.say(GREETING_3_1)
    expect([bench.take(), bench.socket.take()]).to.deep.equal([["ready"], ["peerReady", "readActivated"]])
    expect(bench.received()).to.deep.equal(["a"])
  })
})
