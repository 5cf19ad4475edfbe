import { expect } from "chai"
import { Dealer, Push, Reply, Request, Router, Subscriber, XPublisher } from "../src/index.js"
import { freeTcp } from "../test/support/endpoints.js"
import { libzmqPeers } from "./support/remote.js"
import { closeAll, closing, receiveText } from "./support/sockets.js"

describe("options of patterns, with libzmq peers", () => {
  const libzmq = libzmqPeers()
  afterEach(closeAll)

  for (const scheme of ["tcp://127.0.0.1:*", "ipc://*"]) {
    describe(scheme.slice(0, 3), () => {
      it("correlate: a REQ accepts only the reply with the id of its request", async () => {
        const router = await libzmq.socket("Router", { linger: 0 })
        const request = closing(new Request({ correlate: true }))
        request.connect(await router.bind(scheme))
        await request.send("question")
        const [peer, id, empty, body] = await router.receive()
        expect([id!.length, empty, body]).to.deep.equal([4, "", "question"])
        const bytes = (text: string): Buffer => Buffer.from(text, "latin1")
        await router.send(bytes(peer!), Buffer.from("none"), "", "wrong")
        await router.send(bytes(peer!), bytes(id!), "", "right")
        expect(await receiveText(request)).to.deep.equal(["right"])
      })

      it("correlate: a REP replies to a libzmq REQ that adds ids to its requests", async () => {
        const reply = closing(new Reply())
        await reply.bind(scheme)
        const request = await libzmq.socket("Request", { correlate: true, linger: 0 })
        await request.connect(reply.lastEndpoint!)
        for (const text of ["1", "2"]) {
          await request.send(text)
          expect(await receiveText(reply)).to.deep.equal([text])
          await reply.send(`${text}!`)
          expect(await request.receive()).to.deep.equal([`${text}!`])
        }
      })

      it("relaxed: a REQ sends another request before the reply arrives, and accepts only the reply to the last one", async () => {
        const router = await libzmq.socket("Router", { linger: 0 })
        const request = closing(new Request({ relaxed: true, correlate: true }))
        request.connect(await router.bind(scheme))
        await request.send("first")
        await request.send("second")
        for (const text of ["first", "second"]) {
          const asked = await router.receive()
          expect(asked[3]).to.equal(text)
          await router.send(...asked.map((frame) => Buffer.from(frame, "latin1")))
        }
        expect(await receiveText(request)).to.deep.equal(["second"])
      })

      it("probeRouter: a libzmq ROUTER learns of our DEALER before it sends, and ours of libzmq's", async () => {
        const router = await libzmq.socket("Router", { linger: 0 })
        const dealer = closing(new Dealer({ probeRouter: true, routingId: "ours" }))
        dealer.connect(await router.bind(scheme))
        expect(await router.receive()).to.deep.equal(["ours", ""])

        const own = closing(new Router())
        await own.bind(scheme)
        const remote = await libzmq.socket("Dealer", { probeRouter: true, routingId: "theirs", linger: 0 })
        await remote.connect(own.lastEndpoint!)
        expect(await receiveText(own)).to.deep.equal(["theirs", ""])
      })

      it("routerNotify: a ROUTER is notified when a libzmq DEALER connects and disconnects", async () => {
        const router = closing(new Router({ routerNotify: 3 }))
        await router.bind(scheme)
        const dealer = await libzmq.socket("Dealer", { routingId: "guest", linger: 0 })
        await dealer.connect(router.lastEndpoint!)
        expect(await receiveText(router)).to.deep.equal(["guest", ""])
        await dealer.close()
        expect(await receiveText(router)).to.deep.equal(["guest", ""])
      })

      it("helloMessage, disconnectMessage: the peer receives the first, and this socket the last", async () => {
        const router = closing(new Router({ helloMessage: "welcome", disconnectMessage: "gone" }))
        await router.bind(scheme)
        const dealer = await libzmq.socket("Dealer", { routingId: "guest", linger: 0 })
        await dealer.connect(router.lastEndpoint!)
        expect(await dealer.receive()).to.deep.equal(["welcome"])
        await dealer.close()
        expect(await receiveText(router)).to.deep.equal(["guest", "gone"])
      })

      it("hiccupMessage: a DEALER is notified that a libzmq ROUTER is lost", async () => {
        const router = await libzmq.socket("Router", { linger: 0 })
        const dealer = closing(new Dealer({ hiccupMessage: "lost" }))
        dealer.connect(await router.bind(scheme))
        await dealer.send("hello")
        await router.receive()
        await router.close()
        expect(await receiveText(dealer)).to.deep.equal(["lost"])
      })

      it("manual: an XPUB publishes according to its own subscriptions for a peer, not to the requested ones", async () => {
        const publisher = closing(new XPublisher({ manual: true }))
        await publisher.bind(scheme)
        const subscriber = await libzmq.socket("Subscriber", { linger: 0 })
        await subscriber.connect(publisher.lastEndpoint!)
        // The SUB also filters on its own, so the topic must extend the requested one.
        await subscriber.subscribe("a")
        expect(await receiveText(publisher)).to.deep.equal(["\x01a"])
        publisher.subscribe("ab")
        for (const text of ["ac", "b", "ab"]) await publisher.send(text)
        expect(await subscriber.receive()).to.deep.equal(["ab"])
      })

      it("manualLastValue: an XPUB sends only to the peer that has subscribed last", async () => {
        const publisher = closing(new XPublisher({ manualLastValue: true }))
        await publisher.bind(scheme)
        const [early, late] = [
          await libzmq.socket("Subscriber", { linger: 0 }),
          await libzmq.socket("Subscriber", { linger: 0 }),
        ]
        for (const subscriber of [early, late]) {
          await subscriber.connect(publisher.lastEndpoint!)
          await subscriber.subscribe("news")
          await receiveText(publisher)
          publisher.subscribe("news")
          await publisher.send(["news", subscriber === early ? "1" : "2"])
        }
        await publisher.send(["news", "3"])
        expect([await early.receive(), await early.receive()]).to.deep.equal([
          ["news", "1"],
          ["news", "3"],
        ])
        expect(await late.receive()).to.deep.equal(["news", "2"])
      })

      it("welcomeMessage: is the first message that a libzmq SUB receives, and ours from libzmq", async () => {
        const publisher = closing(new XPublisher({ welcomeMessage: "welcome" }))
        await publisher.bind(scheme)
        const subscriber = await libzmq.socket("Subscriber", { linger: 0 })
        await subscriber.subscribe("wel")
        await subscriber.connect(publisher.lastEndpoint!)
        expect(await subscriber.receive()).to.deep.equal(["welcome"])

        const remote = await libzmq.socket("XPublisher", { welcomeMessage: "good day", linger: 0 })
        const own = closing(new Subscriber())
        own.subscribe("good")
        own.connect(await remote.bind(scheme))
        // libzmq sends the welcome message only during a call.
        expect(await remote.receive()).to.deep.equal(["\x01good"])
        expect(await receiveText(own)).to.deep.equal(["good day"])
      })

      it("noDrop: an XPUB waits for a slow libzmq SUB without dropping messages", async () => {
        const publisher = closing(new XPublisher({ noDrop: true, sendHighWaterMark: 10 }))
        await publisher.bind(scheme)
        const subscriber = await libzmq.socket("Subscriber", { receiveHighWaterMark: 10, linger: 0 })
        await subscriber.subscribe("")
        await subscriber.connect(publisher.lastEndpoint!)
        expect(await receiveText(publisher)).to.deep.equal(["\x01"])
        const counted = subscriber.count()
        for (let number = 0; number < 5000; number++) await publisher.send(`message ${number}`)
        await publisher.send("end")
        expect(await counted).to.equal(5000)
      })

      it("invertMatching: delivers messages that do not match a subscription, with libzmq on either side", async () => {
        const publisher = closing(new XPublisher({ invertMatching: true }))
        await publisher.bind(scheme)
        const subscriber = await libzmq.socket("Subscriber", { invertMatching: true, linger: 0 })
        await subscriber.connect(publisher.lastEndpoint!)
        await subscriber.subscribe("no")
        await receiveText(publisher)
        for (const text of ["nonsense", "news"]) await publisher.send(text)
        expect(await subscriber.receive()).to.deep.equal(["news"])

        const remote = await libzmq.socket("XPublisher", { invertMatching: true, linger: 0 })
        const own = closing(new Subscriber({ invertMatching: true }))
        own.connect(await remote.bind(scheme))
        own.subscribe("no")
        expect(await remote.receive()).to.deep.equal(["\x01no"])
        for (const text of ["nonsense", "news"]) await remote.send(text)
        expect(await receiveText(own)).to.deep.equal(["news"])
      })
    })
  }

  it("conflate: a PUSH keeps the newest message for a libzmq PULL that is not connected yet", async () => {
    const address = await freeTcp()
    const push = closing(new Push({ conflate: true, reconnectInterval: 1 }))
    push.connect(address)
    for (const number of "12345") await push.send(number)
    const pull = await libzmq.socket("Pull", { linger: 0 })
    await pull.bind(address)
    expect(await pull.receive()).to.deep.equal(["5"])
  })
})
