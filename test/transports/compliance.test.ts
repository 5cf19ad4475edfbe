import { expect } from "chai"
import { Dealer, Pair, Pull, Push, Publisher, Request, Router, Subscriber, XPublisher } from "../../src/index.js"
import { closing } from "../support/closing.js"
import { freeInproc, freeTcp, freeWs, SocketFolder } from "../support/endpoints.js"
import { caught, texts } from "../support/receiving.js"

const folder = new SocketFolder()

/** What every transport is held to; `remote` ones have connections that can be lost. */
const TRANSPORTS: readonly { name: string; fresh: () => Promise<string> | string; remote: boolean }[] = [
  { name: "tcp", fresh: freeTcp, remote: true },
  { name: "ipc", fresh: () => `ipc://${folder.next()}`, remote: true },
  { name: "ws", fresh: freeWs, remote: true },
  { name: "inproc", fresh: freeInproc, remote: false },
]

/** What receives from whom. */
const PEERS = { Push: Pull, Dealer, Pair }

describe("transports", () => {
  after(() => folder.close())

  for (const { name, fresh, remote } of TRANSPORTS) {
    describe(name, () => {
      const use = closing()
      let endpoint: string

      beforeEach(async () => {
        endpoint = await fresh()
      })

      for (const first of ["bind", "connect"] as const) {
        for (const binder of ["the sender", "the receiver"]) {
          it(`SHALL join peers when ${binder} binds and ${first} comes first`, async () => {
            const [push, pull] = [use(new Push()), use(new Pull())]
            const [bound, connected] = binder === "the sender" ? [push, pull] : [pull, push]
            if (first === "connect") connected.connect(endpoint)
            await bound.bind(endpoint)
            if (first === "bind") connected.connect(endpoint)
            await push.send("hello")
            expect(await texts(pull, 1)).to.deep.equal(["hello"])
          })
        }
      }

      it("SHALL join every connected socket with every bound one", async () => {
        const endpoints = [endpoint, await fresh()]
        const pulls = endpoints.map(() => use(new Pull()))
        for (const [index, pull] of pulls.entries()) await pull.bind(endpoints[index]!)
        for (const sender of ["a", "b"]) {
          const push = use(new Push())
          for (const each of endpoints) push.connect(each)
          for (const number of [1, 2]) await push.send(`${sender}${number}`)
        }
        const received = await Promise.all(pulls.map(async (pull) => (await texts(pull, 2)).sort()))
        expect(received).to.deep.equal([
          ["a1", "b1"],
          ["a2", "b2"],
        ])
      })

      it("SHALL let one socket bind and connect several endpoints", async () => {
        const [other, far] = [await fresh(), await fresh()]
        const pull = use(new Pull())
        await pull.bind(endpoint)
        await pull.bind(other)
        pull.connect(far)
        for (const [index, each] of [endpoint, other].entries()) {
          const push = use(new Push())
          push.connect(each)
          await push.send(String(index))
        }
        const push = use(new Push())
        await push.bind(far)
        await push.send("2")
        expect((await texts(pull, 3)).sort()).to.deep.equal(["0", "1", "2"])
      })

      it("SHALL tell the endpoint last bound or connected", async () => {
        const pair = use(new Pair())
        expect(pair.lastEndpoint).to.equal(null)
        await pair.bind(endpoint)
        expect(pair.lastEndpoint).to.equal(endpoint)
        const other = await fresh()
        pair.connect(other)
        expect(pair.lastEndpoint).to.equal(other)
        await caught(pair.bind(endpoint))
        expect(pair.lastEndpoint).to.equal(other)
      })

      it("SHALL deliver what was sent before the peer existed", async () => {
        const push = use(new Push())
        push.connect(endpoint)
        for (const number of "123") await push.send(number)
        const pull = use(new Pull())
        await pull.bind(endpoint)
        expect(await texts(pull, 3)).to.deep.equal(["1", "2", "3"])
      })

      it("SHALL keep the order of 10,000 messages", async () => {
        const [push, pull] = [use(new Push()), use(new Pull())]
        await pull.bind(endpoint)
        push.connect(endpoint)
        const numbers = Array.from({ length: 10_000 }, (_, number) => String(number))
        const sending = (async () => {
          for (const number of numbers) await push.send(number)
        })()
        expect(await texts(pull, numbers.length)).to.deep.equal(numbers)
        await sending
      })

      it("SHALL deliver the frames of a message together, whoever else sends", async () => {
        const pull = use(new Pull())
        await pull.bind(endpoint)
        const pushes = ["a", "b", "c"].map((sender) => ({ sender, push: use(new Push()) }))
        for (const { push } of pushes) push.connect(endpoint)
        const sending = Promise.all(
          pushes.map(async ({ sender, push }) => {
            for (let round = 0; round < 100; round++) await push.send([sender, "", `${sender}${round}`, sender])
          }),
        )
        const rounds: Record<string, number> = { a: 0, b: 0, c: 0 }
        for (let count = 0; count < 300; count++) {
          const frames = (await pull.receive()).map(String)
          const sender = frames[0]!
          expect(frames).to.deep.equal([sender, "", `${sender}${rounds[sender]!++}`, sender])
        }
        await sending
      })

      it("SHALL deliver a message of 1,000 frames", async () => {
        const [push, pull] = [use(new Push()), use(new Pull())]
        await pull.bind(endpoint)
        push.connect(endpoint)
        const frames = Array.from({ length: 1000 }, (_, number) => String(number))
        await push.send(frames)
        expect((await pull.receive()).map(String)).to.deep.equal(frames)
      })

      for (const size of [0, 1, 255, 256, 8191, 8192, 65_535, 65_536, 1_048_576]) {
        it(`SHALL deliver frames of ${size} bytes`, async () => {
          const [push, pull] = [use(new Push()), use(new Pull())]
          await pull.bind(endpoint)
          push.connect(endpoint)
          const frame = Buffer.alloc(size, "0123456789abcdef!")
          await push.send([frame, frame])
          await push.send("next")
          const received = await pull.receive()
          expect(received.map((each) => each.equals(frame))).to.deep.equal([true, true])
          expect(await texts(pull, 1)).to.deep.equal(["next"])
        })
      }

      it("SHALL free the address when unbound, and leave other endpoints as they are", async () => {
        const kept = await fresh()
        const [pull, successor] = [use(new Pull()), use(new Pull())]
        await pull.bind(kept)
        await pull.bind(endpoint)
        const old = use(new Push())
        old.connect(kept)
        await old.send("before")
        expect(await texts(pull, 1)).to.deep.equal(["before"])

        await pull.unbind(endpoint)
        await successor.bind(endpoint)
        const push = use(new Push())
        push.connect(endpoint)
        await push.send("to the successor")
        expect(await texts(successor, 1)).to.deep.equal(["to the successor"])
        await old.send("after")
        expect(await texts(pull, 1)).to.deep.equal(["after"])
      })

      it("SHALL bind, unbind and bind again on one socket", async () => {
        const pull = use(new Pull())
        for (let round = 0; round < 3; round++) {
          await pull.bind(endpoint)
          await pull.unbind(endpoint)
        }
        await pull.bind(endpoint)
        const push = use(new Push())
        push.connect(endpoint)
        await push.send("hello")
        expect(await texts(pull, 1)).to.deep.equal(["hello"])
      })

      it("SHALL free the address when closed", async () => {
        const [pull, successor] = [use(new Pull()), use(new Pull())]
        await pull.bind(endpoint)
        pull.close()
        await successor.bind(endpoint)
      })

      it("SHALL send nothing to an endpoint that was disconnected, and go on with the others", async () => {
        const other = await fresh()
        const [push, left, kept] = [use(new Push()), use(new Pull()), use(new Pull())]
        await left.bind(endpoint)
        await kept.bind(other)
        push.connect(endpoint)
        push.connect(other)
        for (const number of "12") await push.send(number)
        push.disconnect(endpoint)
        for (const number of "34") await push.send(number)
        expect(await texts(left, 1)).to.deep.equal(["1"])
        expect(await texts(kept, 3)).to.deep.equal(["2", "3", "4"])
        push.connect(endpoint)
        for (const number of "56") await push.send(number)
        expect((await Promise.all([texts(left, 1), texts(kept, 1)])).flat().sort()).to.deep.equal(["5", "6"])
      })

      it("SHALL refuse to unbind or disconnect what is not there: ENOENT", async () => {
        const pull = use(new Pull())
        const expected = { code: "ENOENT", errno: 2, address: endpoint, message: "No such endpoint" }
        expect(await caught(pull.unbind(endpoint))).to.include(expected)
        expect(() => pull.disconnect(endpoint))
          .to.throw()
          .that.includes(expected)
        await pull.bind(endpoint)
        await pull.unbind(endpoint)
        expect(await caught(pull.unbind(endpoint))).to.include(expected)
      })

      it("SHALL refuse to bind an address in use, by this socket or another: EADDRINUSE", async () => {
        const [pull, other] = [use(new Pull()), use(new Pull())]
        await pull.bind(endpoint)
        for (const socket of [pull, other]) {
          expect(await caught(socket.bind(endpoint))).to.include({
            code: "EADDRINUSE",
            errno: 98,
            address: endpoint,
            message: "Address already in use",
          })
        }
        const push = use(new Push())
        push.connect(endpoint)
        await push.send("the first one has it")
        expect(await texts(pull, 1)).to.deep.equal(["the first one has it"])
      })

      if (remote) {
        it("SHALL connect again after the binder closed and another one bound", async () => {
          const client = use(new Dealer({ reconnectInterval: 1 }))
          client.connect(endpoint)
          for (const round of ["1", "2", "3"]) {
            const server = use(new Dealer())
            await server.bind(endpoint)
            await server.send(round)
            expect(await texts(client, 1)).to.deep.equal([round])
            await client.send(`back ${round}`)
            expect(await texts(server, 1)).to.deep.equal([`back ${round}`])
            server.close()
          }
        })

        it("SHALL subscribe again after a reconnect", async () => {
          const subscriber = use(new Subscriber({ reconnectInterval: 1 }))
          subscriber.subscribe("A")
          subscriber.connect(endpoint)
          for (const round of ["A1", "A2"]) {
            const publisher = use(new XPublisher())
            await publisher.bind(endpoint)
            expect(await texts(publisher, 1)).to.deep.equal(["\x01A"])
            await publisher.send(round)
            expect(await texts(subscriber, 1)).to.deep.equal([round])
            publisher.close()
          }
        })

        it("SHALL end the connections of an endpoint that is unbound", async () => {
          const client = use(new Dealer({ reconnectInterval: 1 }))
          const [server, successor] = [use(new Dealer()), use(new Dealer())]
          client.connect(endpoint)
          await server.bind(endpoint)
          await server.send("1")
          expect(await texts(client, 1)).to.deep.equal(["1"])
          await server.unbind(endpoint)
          await successor.bind(endpoint)
          await successor.send("2")
          expect(await texts(client, 1)).to.deep.equal(["2"])
        })

        it("SHALL drop for a full subscriber, and never wait", async () => {
          const publisher = use(new XPublisher({ sendHighWaterMark: 1 }))
          const subscriber = use(new Subscriber({ receiveHighWaterMark: 1 }))
          await publisher.bind(endpoint)
          subscriber.subscribe("")
          subscriber.connect(endpoint)
          await publisher.receive()
          // More than the buffers of the system hold.
          const [body, sent] = [Buffer.alloc(1_048_576), 64]
          for (let count = 0; count < sent; count++) await publisher.send(body)
          let received = 0
          while ((await subscriber.receive())[0]!.length > 3) {
            received++
            await publisher.send("end")
          }
          expect(received).to.be.within(1, sent - 1)
        })
      } else {
        it("SHALL leave connections as they are when an endpoint is unbound", async () => {
          const [push, pull] = [use(new Push()), use(new Pull())]
          await pull.bind(endpoint)
          push.connect(endpoint)
          await pull.unbind(endpoint)
          await push.send("still here")
          expect(await texts(pull, 1)).to.deep.equal(["still here"])
        })

        for (const [sendMark, receiveMark, capacity] of [
          [3, 4, 7],
          [1, 1, 2],
          [1000, 1000, 2000],
        ] as const) {
          it(`SHALL hold ${capacity} messages for marks of ${sendMark} and ${receiveMark}: their sum`, async () => {
            const push = use(new Push({ sendHighWaterMark: sendMark, sendTimeout: 0 }))
            const pull = use(new Pull({ receiveHighWaterMark: receiveMark }))
            await pull.bind(endpoint)
            push.connect(endpoint)
            for (let count = 0; count < capacity; count++) await push.send(String(count))
            expect(await caught(push.send("one more"))).to.include({ code: "EAGAIN" })
          })
        }

        it("SHALL hold any number of messages when either mark is 0", async () => {
          for (const [sendHighWaterMark, receiveHighWaterMark] of [
            [0, 1],
            [1, 0],
          ]) {
            const push = use(new Push({ sendHighWaterMark: sendHighWaterMark!, sendTimeout: 0 }))
            const pull = use(new Pull({ receiveHighWaterMark: receiveHighWaterMark! }))
            const each = freeInproc()
            await pull.bind(each)
            push.connect(each)
            for (let count = 0; count < 5000; count++) await push.send("")
          }
        })

        it("SHALL count the receiver's mark from when it binds", async () => {
          const push = use(new Push({ sendHighWaterMark: 1, sendTimeout: 0 }))
          push.connect(endpoint)
          await push.send("1")
          expect(await caught(push.send("2"))).to.include({ code: "EAGAIN" })
          const pull = use(new Pull({ receiveHighWaterMark: 1 }))
          await pull.bind(endpoint)
          await push.send("2")
          expect(await caught(push.send("3"))).to.include({ code: "EAGAIN" })
        })

        it("SHALL drop beyond the sum of the marks for a subscriber, and never wait", async () => {
          const publisher = use(new Publisher({ sendHighWaterMark: 3 }))
          const subscriber = use(new Subscriber({ receiveHighWaterMark: 4, receiveTimeout: 0 }))
          await publisher.bind(endpoint)
          subscriber.subscribe("")
          subscriber.connect(endpoint)
          for (const number of "0123456789") await publisher.send(number)
          expect(await texts(subscriber, 7)).to.deep.equal(Array.from("0123456"))
          expect(await caught(subscriber.receive())).to.include({ code: "EAGAIN" })
        })
      }

      for (const Type of [Push, Dealer, Pair]) {
        it(`SHALL take as many messages from a ${Type.name} as its mark while nobody has bound`, async () => {
          const socket = use(new Type({ sendHighWaterMark: 3, sendTimeout: 0 }))
          socket.connect(endpoint)
          for (const number of "123") await socket.send(number)
          expect(socket.writable).to.equal(false)
          expect(await caught(socket.send("4"))).to.include({ code: "EAGAIN" })
          const peer = use(new PEERS[Type.name as keyof typeof PEERS]())
          await peer.bind(endpoint)
          expect(await texts(peer, 3)).to.deep.equal(["1", "2", "3"])
        })

        it(`SHALL let a ${Type.name} wait at its mark until there is room`, async () => {
          const socket = use(new Type({ sendHighWaterMark: 2 }))
          socket.connect(endpoint)
          const sending = Array.from("1234").map((number) => socket.send(number).then(() => number))
          const peer = use(new PEERS[Type.name as keyof typeof PEERS]())
          await peer.bind(endpoint)
          expect(await texts(peer, 4)).to.deep.equal(Array.from("1234"))
          expect(await Promise.all(sending)).to.deep.equal(Array.from("1234"))
        })
      }

      it("SHALL let a REQ wait until it has a peer", async () => {
        const request = use(new Request({ sendTimeout: 0 }))
        expect(await caught(request.send("early"))).to.include({ code: "EAGAIN" })
        request.sendTimeout = -1
        const waiting = request.send("hi")
        const router = use(new Router())
        await router.bind(endpoint)
        request.connect(endpoint)
        await waiting
        expect((await router.receive()).slice(1).map(String)).to.deep.equal(["", "hi"])
      })

      it("SHALL drop what a ROUTER sends to a peer at its mark", async () => {
        const router = use(new Router({ sendHighWaterMark: 2 }))
        router.connect(endpoint, { routingId: "peer" })
        for (const number of "12345") await router.send(["peer", number])
        const dealer = use(new Dealer())
        await dealer.bind(endpoint)
        expect(await texts(dealer, 2)).to.deep.equal(["1", "2"])
        await router.send(["peer", "end"])
        expect(await texts(dealer, 1)).to.deep.equal(["end"])
      })

      it("SHALL deliver what was sent before close to a peer that comes later", async () => {
        const push = new Push()
        push.connect(endpoint)
        for (const number of "123") await push.send(number)
        push.close()
        const pull = use(new Pull())
        await pull.bind(endpoint)
        expect(await texts(pull, 3)).to.deep.equal(["1", "2", "3"])
      })

      it("SHALL deliver what was sent before close to a peer that is there, however much", async () => {
        const push = new Push()
        const pull = use(new Pull({ receiveHighWaterMark: 1 }))
        await push.bind(endpoint)
        pull.connect(endpoint)
        const body = Buffer.alloc(1_048_576)
        for (let number = 0; number < 16; number++) await push.send([String(number), body])
        push.close()
        for (let number = 0; number < 16; number++) {
          const frames = await pull.receive()
          expect([String(frames[0]), frames[1]!.length]).to.deep.equal([String(number), body.length])
        }
      })

      it("SHALL drop what was sent when it closes with linger 0", async () => {
        const hasty = use(new Push({ linger: 0 }))
        hasty.connect(endpoint)
        await hasty.send("dropped")
        hasty.close()
        const pull = use(new Pull())
        await pull.bind(endpoint)
        const push = use(new Push())
        push.connect(endpoint)
        await push.send("kept")
        expect(await texts(pull, 1)).to.deep.equal(["kept"])
      })
    })
  }
})
