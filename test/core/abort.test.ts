import { expect } from "chai"
import { getEventListeners } from "node:events"
import { onAbort } from "../../src/core/abort.js"

describe("onAbort", () => {
  it("notifies all subscribers in order, through one listener", () => {
    const controller = new AbortController()
    const told: number[] = []
    for (const number of [1, 2, 3]) onAbort(controller.signal, () => told.push(number))
    expect(getEventListeners(controller.signal, "abort")).to.have.length(1)
    controller.abort()
    expect(told).to.deep.equal([1, 2, 3])
    expect(getEventListeners(controller.signal, "abort")).to.be.empty
  })

  it("notifies the remaining subscribers, whichever has unsubscribed", () => {
    for (const all of [
      [0, 1],
      [0, 1, 2],
    ]) {
      for (const gone of all) {
        const controller = new AbortController()
        const told: number[] = []
        const stops = all.map((number) => onAbort(controller.signal, () => told.push(number)))
        stops[gone]!()
        controller.abort()
        expect(told).to.deep.equal(all.filter((number) => number !== gone))
      }
    }
    const pair = new AbortController()
    let told = 0
    onAbort(pair.signal, () => told++)
    onAbort(pair.signal, () => expect.fail("called off"))()
    pair.abort()
    expect(told).to.equal(1)
  })

  it("does not notify a subscriber that has unsubscribed, even during notification", () => {
    const controller = new AbortController()
    const told: number[] = []
    const stops: (() => void)[] = []
    for (const number of [1, 2, 3]) {
      stops.push(
        onAbort(controller.signal, () => {
          told.push(number)
          stops[2]!()
        }),
      )
    }
    stops[1]!()
    controller.abort()
    expect(told).to.deep.equal([1])
  })

  it("listens only while there are subscribers, and listens again for the next one", () => {
    const controller = new AbortController()
    const { signal } = controller
    const stops = [1, 2].map(() => onAbort(signal, () => expect.fail("nobody waits")))
    for (const stop of stops) stop()
    for (const stop of stops) stop()
    expect(getEventListeners(signal, "abort")).to.be.empty
    let told = 0
    onAbort(signal, () => told++)
    for (const stop of stops) stop()
    onAbort(signal, () => told++)
    expect(getEventListeners(signal, "abort")).to.have.length(1)
    controller.abort()
    expect(told).to.equal(2)
  })
})
