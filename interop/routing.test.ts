import { expect } from "chai"
import { Dealer, Pull, Push, Router, XPublisher } from "../src/index.js"
import { skip } from "../test/support/skip.js"
import { libzmqPeers } from "./support/remote.js"
import { closeAll, closing, receiveText } from "./support/sockets.js"

describe("routing with libzmq peers", () => {
  const libzmq = libzmqPeers()
  afterEach(closeAll)

  /** Resolves when `socket` has `count` peers. Call it before they connect. */
  async function peers(socket: Push | Pull | Router | XPublisher, count: number): Promise<void> {
    for await (const { type } of socket.events) if (type === "handshake" && --count === 0) return
  }

  it("distributes tasks to the PULLs in turn", async () => {
    const push = closing(new Push())
    const ready = peers(push, 2)
    await push.bind("tcp://127.0.0.1:*")
    const pulls = [await libzmq.socket("Pull"), await libzmq.socket("Pull")]
    for (const pull of pulls) await pull.connect(push.lastEndpoint!)
    await ready
    for (const task of ["1", "2", "3", "4"]) await push.send(task)
    const got = await Promise.all(pulls.map(async (pull) => [...(await pull.receive()), ...(await pull.receive())]))
    expect(got.sort()).to.deep.equal([
      ["1", "3"],
      ["2", "4"],
    ])
  })

  it("receives every message of every PUSH", async () => {
    const pull = closing(new Pull())
    await pull.bind("tcp://127.0.0.1:*")
    const pushes = [await libzmq.socket("Push"), await libzmq.socket("Push")]
    for (const push of pushes) await push.connect(pull.lastEndpoint!)
    for (const push of pushes) await push.send("first")
    await receiveText(pull)
    await receiveText(pull)
    for (let count = 0; count < 100; count++) await Promise.all(pushes.map((push, index) => push.send(String(index))))
    const seen = new Map<string, number>()
    for (let count = 0; count < 200; count++) {
      const [from] = await receiveText(pull)
      seen.set(from!, (seen.get(from!) ?? 0) + 1)
    }
    expect([...seen].sort()).to.deep.equal([
      ["0", 100],
      ["1", 100],
    ])
  })

  it("reports every subscription and cancellation with `verbosity`", async () => {
    for (const [verbosity, expected] of [
      [null, ["\x01a", "\x00a"]],
      ["allSubs", ["\x01a", "\x01a", "\x00a"]],
      ["allSubsUnsubs", ["\x01a", "\x01a", "\x00a", "\x00a"]],
    ] as const) {
      const publisher = closing(new XPublisher({ verbosity }))
      const ready = peers(publisher, 2)
      await publisher.bind("tcp://127.0.0.1:*")
      const subscribers = [await libzmq.socket("XSubscriber"), await libzmq.socket("XSubscriber")]
      for (const subscriber of subscribers) await subscriber.connect(publisher.lastEndpoint!)
      await ready
      const told: string[] = []
      for (const change of ["\x01a", "\x00a"]) {
        // Other messages are always delivered. When this one arrives, earlier changes have been reported as well.
        for (const subscriber of subscribers) {
          await subscriber.send(Buffer.from(change, "latin1"))
          await subscriber.send("done")
        }
        for (let done = 0; done < subscribers.length;) {
          const [message] = await receiveText(publisher)
          if (message === "done") done++
          else told.push(message!)
        }
      }
      expect(told).to.deep.equal(expected)
      for (const subscriber of subscribers) await subscriber.close()
    }
  })

  it("fails for an unknown peer with `mandatory`, and reaches a known one", async () => {
    const router = closing(new Router({ mandatory: true, sendTimeout: 0 }))
    await router.bind("tcp://127.0.0.1:*")
    const dealer = await libzmq.socket("Dealer", { routingId: "known" })
    await dealer.connect(router.lastEndpoint!)
    await dealer.send("hello")
    expect(await receiveText(router)).to.deep.equal(["known", "hello"])
    const error = await router.send(["unknown", "x"]).catch((error: unknown) => error)
    expect(error).to.have.property("code", "EHOSTUNREACH")
    await router.send(["known", "x"])
    expect(await dealer.receive()).to.deep.equal(["x"])
  })

  it("rejects a second peer with the same routing id, or replaces the first with `handover`", async () => {
    for (const handover of [false, true]) {
      const router = closing(new Router({ handover }))
      await router.bind("tcp://127.0.0.1:*")
      const first = await libzmq.socket("Dealer", { routingId: "same" })
      await first.connect(router.lastEndpoint!)
      await first.send("first")
      expect(await receiveText(router)).to.deep.equal(["same", "first"])
      const decided = (async () => {
        const expected = handover ? "handshake" : "handshake:error:protocol"
        for await (const { type } of router.events) if (type === expected) return
      })()
      const second = closing(new Dealer({ routingId: "same" }))
      second.connect(router.lastEndpoint!)
      await decided
      await router.send(["same", "for you"])
      expect(handover ? await receiveText(second) : await first.receive()).to.deep.equal(["for you"])
      await first.close()
    }
  })

  it("disconnects only the peer whose message exceeds `maxMessageSize`", async () => {
    const pull = closing(new Pull({ maxMessageSize: 1000 }))
    await pull.bind("tcp://127.0.0.1:*")
    const [good, bad] = [await libzmq.socket("Push"), await libzmq.socket("Push", { reconnectInterval: -1 })]
    await good.connect(pull.lastEndpoint!)
    const cut = (async () => {
      for await (const { type } of pull.events) if (type === "disconnect") return
    })()
    await bad.connect(pull.lastEndpoint!)
    await bad.fill(1001, 1)
    await cut
    await good.fill(1000, 2)
    expect((await pull.receive())[0]).to.have.length(1000)
  })

  const abstract = process.platform === "linux" && atLeast(process.versions.uv, [1, 48])
  it("connects over an abstract name", async function () {
    if (!abstract) skip(this, "libuv is older than 1.48, or not Linux")
    const pull = closing(new Pull())
    await pull.bind(`ipc://@zmtp-interop-${process.pid}`)
    const push = await libzmq.socket("Push")
    await push.connect(pull.lastEndpoint!)
    await push.send("hidden")
    expect(await receiveText(pull)).to.deep.equal(["hidden"])
  })
})

function atLeast(version: string, [major, minor]: [number, number]): boolean {
  const [ours, theirs] = version.split(".").map(Number)
  return ours! > major || (ours === major && theirs! >= minor)
}
