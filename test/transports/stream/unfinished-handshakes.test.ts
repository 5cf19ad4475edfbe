import { expect } from "chai"
import type { HandshakeProgress } from "../../../src/core/connection/pending-handshake.js"
import { MAX_HANDSHAKES, UnfinishedHandshakes } from "../../../src/transports/stream/unfinished-handshakes.js"

interface Handshake {
  progress: HandshakeProgress
}

const SHARE = MAX_HANDSHAKES / 4

describe("UnfinishedHandshakes", () => {
  function create(): { handshakes: UnfinishedHandshakes<Handshake>; add: (count: number) => Handshake[] } {
    const handshakes = new UnfinishedHandshakes<Handshake>()
    const add = (count: number): Handshake[] =>
      Array.from({ length: count }, () => {
        const handshake: Handshake = { progress: "silent" }
        handshakes.add(handshake)
        return handshake
      })
    return { handshakes, add }
  }

  function advance(list: readonly Handshake[], progress: HandshakeProgress): void {
    for (const handshake of list) handshake.progress = progress
  }

  /** Removes the next `count` handshakes that are to be dropped, and returns them in order. */
  function take(handshakes: UnfinishedHandshakes<Handshake>, count: number): (Handshake | undefined)[] {
    return Array.from({ length: count }, () => {
      const handshake = handshakes.chooseExpendable()
      if (handshake !== undefined) handshakes.delete(handshake)
      return handshake
    })
  }

  it("aborts the oldest silent ones first, down to their share", () => {
    const { handshakes, add } = create()
    const judged = add(1)
    const speaking = add(1)
    const silent = add(SHARE + 2)
    advance(judged, "authenticating")
    advance(speaking, "speaking")
    expect(take(handshakes, 2)).to.deep.equal(silent.slice(0, 2))
    expect(handshakes.size).to.equal(SHARE + 2)
  })

  it("then aborts the oldest connections that have sent data, down to their limit", () => {
    const { handshakes, add } = create()
    const judged = add(1)
    const speaking = add(SHARE + 2)
    add(SHARE)
    advance(judged, "authenticating")
    advance(speaking, "speaking")
    expect(take(handshakes, 2)).to.deep.equal(speaking.slice(0, 2))
  })

  it("aborts the newest authenticating ones last, so that the others get their verdicts", () => {
    const { handshakes, add } = create()
    const judged = add(MAX_HANDSHAKES - SHARE + 1)
    advance(judged, "authenticating")
    add(SHARE)
    expect(take(handshakes, 2)).to.deep.equal(judged.slice(-2).reverse())
  })

  it("checks progress only when it is needed, and finds the oldest silent one", () => {
    const { handshakes, add } = create()
    const all = add(4)
    advance(all.slice(0, 1), "authenticating")
    advance(all.slice(1, 2), "speaking")
    expect(handshakes.findOldestSilent()).to.equal(all[2])
    handshakes.delete(all[2]!)
    expect(handshakes.findOldestSilent()).to.equal(all[3])
    handshakes.delete(all[3]!)
    expect(handshakes.findOldestSilent()).to.equal(undefined)
    for (const handshake of all) handshakes.delete(handshake)
    expect([handshakes.size, handshakes.chooseExpendable()]).to.deep.equal([0, undefined])
  })
})
