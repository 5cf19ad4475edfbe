import { expect } from "chai"
import { Subscriber, XPublisher } from "../../src/index.js"
import { closing } from "../support/closing.js"
import { freeInproc } from "../support/endpoints.js"
import { texts } from "../support/receiving.js"

describe("subscriptions", () => {
  const use = closing()

  async function published(): Promise<[XPublisher, Subscriber]> {
    const endpoint = freeInproc()
    const [publisher, subscriber] = [use(new XPublisher()), use(new Subscriber())]
    await publisher.bind(endpoint)
    subscriber.connect(endpoint)
    return [publisher, subscriber]
  }

  it("match everything if no topic is given", async () => {
    const [publisher, subscriber] = await published()
    subscriber.subscribe()
    expect(await texts(publisher, 1)).to.deep.equal(["\x01"])
    await publisher.send("anything")
    expect(await texts(subscriber, 1)).to.deep.equal(["anything"])
    subscriber.unsubscribe()
    expect(await texts(publisher, 1)).to.deep.equal(["\x00"])
  })

  it("are counted, and accepted as text or bytes", async () => {
    const [publisher, subscriber] = await published()
    subscriber.subscribe("A", Buffer.from("A"), "B")
    expect(await texts(publisher, 2)).to.deep.equal(["\x01A", "\x01B"])
    subscriber.unsubscribe("A")
    subscriber.unsubscribe("B")
    expect(await texts(publisher, 1)).to.deep.equal(["\x00B"])
    for (const message of ["B1", "A1"]) await publisher.send(message)
    expect(await texts(subscriber, 1)).to.deep.equal(["A1"])
  })

  for (const [verbosity, told] of [
    [null, ["\x01fo", "\x01."]],
    ["allSubs", ["\x01fo", "\x01fo", "\x01."]],
    ["allSubsUnsubs", ["\x01fo", "\x01fo", "\x00fo", "\x01."]],
  ] as const) {
    it(`are reported to an XPUB with verbosity ${String(verbosity)} in ${told.length} messages`, async () => {
      const endpoint = freeInproc()
      const publisher = use(new XPublisher({ verbosity }))
      await publisher.bind(endpoint)
      const subscribers = [use(new Subscriber()), use(new Subscriber())]
      for (const subscriber of subscribers) {
        subscriber.connect(endpoint)
        subscriber.subscribe("fo")
      }
      subscribers[1]!.unsubscribe("fo")
      subscribers[1]!.subscribe(".")
      expect(await texts(publisher, told.length)).to.deep.equal(told)
    })
  }
})
