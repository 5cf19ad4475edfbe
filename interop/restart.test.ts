import { expect } from "chai"
import { Dealer, Publisher, Pull, Push, Request, Router, Subscriber, XPublisher } from "../src/index.js"
import { RemoteProcess } from "./support/remote.js"
import { closeAll, closing, receiveText } from "./support/sockets.js"

/** Options of a socket that reconnects quickly. */
const EAGER = { reconnectInterval: 10 }

describe("a peer that is killed and restarted", function () {
  this.timeout(30_000)
  const processes: RemoteProcess[] = []

  async function start(library: "libzmq" | "zmtp"): Promise<RemoteProcess> {
    const process = await RemoteProcess.start(library)
    processes.push(process)
    return process
  }

  afterEach(async () => {
    closeAll()
    await Promise.all(processes.splice(0).map((process) => process.stop()))
  })

  for (const [library, name] of [
    ["libzmq", "libzmq"],
    ["zmtp", "this library"],
  ] as const) {
    it(`receives new tasks from our PUSH: a PULL of ${name}`, async () => {
      const first = await start(library)
      const endpoint = await (await first.socket("Pull")).bind("tcp://127.0.0.1:*")
      const push = closing(new Push({ ...EAGER, immediate: true }))
      const events = push.events
      push.connect(endpoint)
      await push.send("before")
      await first.kill()
      for await (const { type } of events) if (type === "disconnect") break

      const second = await start(library)
      const pull = await second.socket("Pull")
      await pull.bind(endpoint)
      await push.send(["after", ""])
      expect(await pull.receive()).to.deep.equal(["after", ""])
    })

    it(`is received again by our SUB automatically: a PUB of ${name}`, async () => {
      const first = await start(library)
      const publisher = await first.socket("XPublisher")
      const endpoint = await publisher.bind("tcp://127.0.0.1:*")
      const subscriber = closing(new Subscriber(EAGER))
      subscriber.subscribe("a", "b")
      subscriber.unsubscribe("b")
      subscriber.connect(endpoint)
      expect(await publisher.receive()).to.deep.equal(["\x01a"])
      await first.kill()

      const second = await start(library)
      const again = await second.socket("XPublisher")
      await again.bind(endpoint)
      expect(await again.receive()).to.deep.equal(["\x01a"])
      await again.send("b", "1")
      await again.send("a", "2")
      expect(await receiveText(subscriber)).to.deep.equal(["a", "2"])
    })

    it(`finds our bound sockets at the same endpoint: a PUSH, a SUB, and a REQ of ${name}`, async () => {
      const pull = closing(new Pull())
      const publisher = closing(new XPublisher())
      const router = closing(new Router({ handover: true }))
      for (const socket of [pull, publisher, router]) await socket.bind("tcp://127.0.0.1:*")

      for (const round of ["1", "2", "3"]) {
        const process = await start(library)
        const push = await process.socket("Push")
        await push.connect(pull.lastEndpoint!)
        await push.send("task", round)
        expect(await receiveText(pull)).to.deep.equal(["task", round])

        const subscriber = await process.socket("Subscriber")
        await subscriber.connect(publisher.lastEndpoint!)
        await subscriber.subscribe("news")
        const news = subscriber.receive()
        expect(await receiveText(publisher)).to.deep.equal(["\x01news"])
        await publisher.send(["news", round])
        expect(await news).to.deep.equal(["news", round])

        const request = await process.socket("Request", { routingId: "client" })
        await request.connect(router.lastEndpoint!)
        await request.send(round)
        expect(await receiveText(router)).to.deep.equal(["client", "", round])
        await router.send(["client", "", "reply"])
        expect(await request.receive()).to.deep.equal(["reply"])

        await process.kill()
        // The subscription ends with the peer.
        expect(await receiveText(publisher)).to.deep.equal(["\x00news"])
      }
    })
  }

  it("does not affect the other peers of a PUSH, a PUB, and a ROUTER", async () => {
    const push = closing(new Push())
    const publisher = closing(new Publisher())
    const router = closing(new Router())
    for (const socket of [push, publisher, router]) await socket.bind("tcp://127.0.0.1:*")
    const [doomed, other] = [await start("libzmq"), await start("libzmq")]

    const dealer = await doomed.socket("Dealer", { routingId: "doomed" })
    await dealer.connect(router.lastEndpoint!)
    await dealer.send("here")
    expect(await receiveText(router)).to.deep.equal(["doomed", "here"])
    const pull = await doomed.socket("Pull")
    await pull.connect(push.lastEndpoint!)
    await push.send("first")
    expect(await pull.receive()).to.deep.equal(["first"])
    const gone = (async () => {
      for await (const { type } of router.events) if (type === "disconnect") return
    })()
    const pulled = (async () => {
      for await (const { type } of push.events) if (type === "disconnect") return
    })()
    await doomed.kill()
    await Promise.all([gone, pulled])

    const survivor = await other.socket("Dealer", { routingId: "survivor" })
    await survivor.connect(router.lastEndpoint!)
    await survivor.send("here")
    expect(await receiveText(router)).to.deep.equal(["survivor", "here"])
    await router.send(["doomed", "lost"])
    await router.send(["survivor", "found"])
    expect(await survivor.receive()).to.deep.equal(["found"])
    const worker = await other.socket("Pull")
    await worker.connect(push.lastEndpoint!)
    for (const task of ["1", "2", "3"]) await push.send(task)
    for (const task of ["1", "2", "3"]) expect(await worker.receive()).to.deep.equal([task])
  })

  it("replies to a new request of a recreated REQ", async () => {
    const first = await start("libzmq")
    const endpoint = await (await first.socket("Reply")).bind("tcp://127.0.0.1:*")
    const impatient = closing(new Request({ ...EAGER, relaxed: true, correlate: true }))
    impatient.connect(endpoint)
    await impatient.send("lost")
    await first.kill()

    const second = await start("libzmq")
    const reply = await second.socket("Reply")
    await reply.bind(endpoint)
    const answered = (async () => {
      for (;;) {
        const question = await reply.receive()
        await reply.send(`${question[0]!}!`)
        if (question[0] === "found") return
      }
    })()
    await impatient.send("found")
    expect(await receiveText(impatient)).to.deep.equal(["found!"])
    await answered
  })

  it("makes a DEALER wait, and receives its messages in order", async () => {
    const first = await start("libzmq")
    const endpoint = await (await first.socket("Pull")).bind("tcp://127.0.0.1:*")
    await first.kill()
    const dealer = closing(new Dealer(EAGER))
    dealer.connect(endpoint)
    for (let number = 0; number < 500; number++) await dealer.send(String(number))

    const second = await start("libzmq")
    const router = await second.socket("Router")
    await router.bind(endpoint)
    for (let number = 0; number < 500; number++) expect((await router.receive())[1]).to.equal(String(number))
  })
})
