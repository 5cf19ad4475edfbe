import { expect } from "chai"
import type { PeerAuthenticator } from "../../../src/core/connection/connection-owner.js"
import { PendingHandshake } from "../../../src/core/connection/pending-handshake.js"
import type { VerdictRequest } from "../../../src/zmtp/engine.js"
import type { Verdict } from "../../../src/zmtp/handshake/security.js"
import { INSECURE } from "../../support/insecure.js"
import { sessionBenches } from "../../support/session-bench.js"
import { settle } from "../../support/settle.js"
import { GREETING_3_1, READY } from "../../support/vectors.js"

const REQUEST: VerdictRequest = { mechanism: "NULL", credentials: [], resolve: () => undefined }
const ACCEPTED: Verdict = { status: 200, userId: "", metadata: new Map() }

/** Requests a verdict on the peer of a new handshake. */
function judged(): {
  handshake: PendingHandshake
  signal: AbortSignal
  verdicts: unknown[]
  decide: (verdict: Verdict) => void
} {
  const handshake = new PendingHandshake()
  const verdicts: unknown[] = []
  let signal!: AbortSignal
  let decide!: (verdict: Verdict) => void
  const judge: PeerAuthenticator = {
    authenticate: (_request, _address, gone, done) => {
      signal = gone()
      decide = done
    },
  }
  handshake.authenticate(REQUEST, "127.0.0.1", judge, (verdict) => verdicts.push(verdict))
  return { handshake, signal, verdicts, decide }
}

describe("PendingHandshake", () => {
  const create = sessionBenches()

  it("reports its progress, which never decreases", () => {
    const handshake = new PendingHandshake()
    const progress = [handshake.progress]
    handshake.received()
    progress.push(handshake.progress)
    handshake.authenticate(REQUEST, "", { authenticate: () => undefined }, () => undefined)
    handshake.received()
    progress.push(handshake.progress)
    expect(progress).to.deep.equal(["silent", "speaking", "authenticating"])
  })

  it("aborts the authentication of a disconnected peer, and ignores a later verdict", () => {
    const { handshake, signal, verdicts, decide } = judged()
    expect(signal.aborted).to.equal(false)
    handshake.end()
    decide(ACCEPTED)
    expect([signal.aborted, (signal.reason as Error).name, verdicts]).to.deep.equal([true, "AbortError", []])
  })

  it("does not abort an authentication that has a verdict", () => {
    const { handshake, signal, verdicts, decide } = judged()
    decide(ACCEPTED)
    handshake.end()
    expect([signal.aborted, verdicts]).to.deep.equal([false, [ACCEPTED]])
  })

  it("times out (ZMQ_HANDSHAKE_IVL)", async () => {
    for (const interval of [100, 1]) {
      const bench = create({ handshakeInterval: interval })
      bench.stream.say(GREETING_3_1)
      bench.clock.advance(interval - 1)
      await settle()
      expect(bench.take()).to.be.empty
      bench.clock.advance(1)
      await settle()
      expect([bench.take(), bench.stream.state]).to.deep.equal([["lost in handshake"], "destroyed"])
      expect(bench.error?.message).to.equal(`Timed out after ${interval} ms waiting for the handshake to finish`)
    }
  })

  it("never times out with an interval of 0", async () => {
    const { clock, runtime } = create()
    const missed: Error[] = []
    new PendingHandshake().limit(runtime, 0, (error) => missed.push(error))
    clock.advance(1e9)
    await settle()
    expect(missed).to.deep.equal([])
  })

  it("does not time out once complete, even if the missing data arrives in the same turn", async () => {
    const bench = create({ handshakeInterval: 100 }).greet()
    bench.clock.advance(1000)
    await settle()
    const late = create({ handshakeInterval: 100 })
    late.clock.advance(100)
    late.greet()
    await settle()
    expect([bench.take(), late.take()]).to.deep.equal([["ready"], ["ready"]])
  })

  it("times out during authentication, regardless of what the peer has sent", async () => {
    const bench = create({ handshakeInterval: 1000, security: { ...INSECURE, authenticates: true } })
    bench.stream.say(GREETING_3_1)
    expect(bench.judged).to.equal(1)
    bench.stream.say(READY.ROUTER)
    bench.stream.say(READY.ROUTER)
    expect(bench.stream.paused).to.equal(true)
    bench.clock.advance(1000)
    await settle()
    expect(bench.stream.state).to.equal("destroyed")
  })
})
