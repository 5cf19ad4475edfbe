import { connect, createServer } from "node:net"
import { once } from "node:events"
import { get } from "node:http"

/** Receives messages up to `end`. */
async function all(socket, text) {
  const messages = []
  for await (const message of socket) {
    if (String(message.at(-1)) === "end") return messages
    messages.push(text(message))
  }
}

/** Replaces generated routing ids, which vary between runs. */
const named = (id) => (id[0] === 0 && id.length === 5 ? "generated" : String(id))

export default {
  "REQ and REP: alternation, and malformed replies": async ({ zmq, say, closing, listen, text }) => {
    const [request, router] = [closing(new zmq.Request({ linger: 0 })), closing(new zmq.Router({ linger: 0 }))]
    request.connect(await listen(router))
    await request.send(["a", ""])
    const [id, ...question] = await router.receive()
    say(named(id), text(question))
    await router.send([id, "no delimiter"])
    await router.send([id, "", "answer", "2"])
    say(text(await request.receive()))
    await request.send("b")
    const [, ...second] = await router.receive()
    say(text(second))
    await router.send([id, "", ""])
    say(text(await request.receive()))
  },

  "REQ relaxed and correlated": async ({ zmq, say, closing, listen, text }) => {
    const request = closing(new zmq.Request({ linger: 0, relaxed: true, correlate: true }))
    const router = closing(new zmq.Router({ linger: 0 }))
    request.connect(await listen(router))
    await request.send("first")
    const one = await router.receive()
    await request.send("second")
    const two = await router.receive()
    say(one.length, one[1].length, one[2].length, text(one.slice(3)), text(two.slice(3)))
    say(two[1].readUInt32LE() - one[1].readUInt32LE())
    await router.send([two[0], two[1], "", "right"])
    say(text(await request.receive()))
  },

  "REP: envelopes, and malformed requests": async ({ zmq, say, closing, listen, text }) => {
    const [reply, dealer] = [closing(new zmq.Reply({ linger: 0 })), closing(new zmq.Dealer({ linger: 0 }))]
    dealer.connect(await listen(reply))
    await dealer.send("no delimiter")
    await dealer.send(["hop", "other hop", "", "question"])
    say(text(await reply.receive()))
    await reply.send(["answer", ""])
    say(text(await dealer.receive()))
    await dealer.send(["", "1"])
    await dealer.send(["", "2"])
    for (const expected of "12") {
      const [number] = await reply.receive()
      await reply.send(["to", number])
      say(expected, text(await dealer.receive()))
    }
  },

  "ROUTER: ids, mandatory, unknown peers": async ({ zmq, say, outcome, closing, listen, text }) => {
    const router = closing(new zmq.Router({ linger: 0 }))
    const endpoint = await listen(router)
    const chosen = closing(new zmq.Dealer({ routingId: "chosen", linger: 0 }))
    const generated = closing(new zmq.Dealer({ linger: 0 }))
    const binary = closing(new zmq.Dealer({ linger: 0 }))
    binary.setStringOption(5, Buffer.from([1, 0, 255]))
    const ids = []
    for (const dealer of [chosen, generated, binary]) {
      dealer.connect(endpoint)
      await dealer.send(["", "hi"])
      const [id, ...frames] = await router.receive()
      ids.push(id)
      say(named(id), text(frames))
    }
    say(await outcome(() => router.send(["unknown", "x"])), await outcome(() => router.send(["alone"])))
    for (const [index, id] of ids.entries()) await router.send([id, String(index), ""])
    for (const dealer of [chosen, generated, binary]) say(text(await dealer.receive()))
    const strict = closing(new zmq.Router({ mandatory: true, linger: 0, sendTimeout: 0 }))
    say(await outcome(() => strict.send(["unknown", "x"])))
    const peer = closing(new zmq.Dealer({ routingId: "p", linger: 0 }))
    peer.connect(await listen(strict))
    await peer.send("hi")
    await strict.receive()
    strict.sendTimeout = -1
    say(await outcome(() => strict.send(["p", "x"])), text(await peer.receive()))
    say(await outcome(() => strict.send(["unknown", "x"])))
  },

  "ROUTER: an id passed to connect": async ({ zmq, say, outcome, closing, listen, text }) => {
    for (const scheme of ["tcp", "ipc", "inproc"]) {
      const router = closing(new zmq.Router({ mandatory: true, linger: 0 }))
      const dealer = closing(new zmq.Dealer({ linger: 0, routingId: "its own" }))
      router.connect(await listen(dealer, scheme), { routingId: "given" })
      say(scheme, await outcome(() => router.send(["given", "hi"])), text(await dealer.receive()))
      await dealer.send("back")
      say(text(await router.receive()))
    }
    const early = closing(new zmq.Router({ mandatory: true, linger: 0 }))
    early.connect("tcp://127.0.0.1:1", { routingId: "nobody" })
    say(await outcome(() => early.send(["nobody", "hi"])))
    say(await outcome(() => early.connect("tcp://127.0.0.1:1", {})))
  },

  "ROUTER: a second peer of one id, without and with handover": async ({
    zmq,
    say,
    closing,
    listen,
    text,
    eventOf,
    differs,
  }) => {
    for (const handover of [false, true]) {
      const router = closing(new zmq.Router({ handover, linger: 0 }))
      const endpoint = await listen(router)
      const [one, other] = [1, 2].map(() => closing(new zmq.Dealer({ routingId: "same", linger: 0 })))
      one.connect(endpoint)
      await one.send("one")
      say(text(await router.receive()))
      other.events
      other.connect(endpoint)
      await other.send("other")
      const { type } = await eventOf(other, "handshake", "handshake:error:other")
      if (handover) say(type)
      else differs("a second peer of one id", type)
      if (handover) say(text(await router.receive()))
      await router.send(["same", "which"])
      say(handover, text(await (handover ? other : one).receive()))
    }
  },

  "probeRouter notifies a ROUTER of a connection": async ({ zmq, say, closing, listen, text }) => {
    for (const type of ["Dealer", "Request", "Router"]) {
      const router = closing(new zmq.Router({ linger: 0 }))
      const prober = closing(new zmq[type]({ probeRouter: true, routingId: "me", linger: 0 }))
      prober.connect(await listen(router))
      say(type, text(await router.receive()))
    }
  },

  "PUSH distributes messages in turn": async ({ zmq, say, closing, listen, text }) => {
    const push = closing(new zmq.Push({ linger: 0 }))
    const pulls = []
    for (let index = 0; index < 3; index++) {
      const pull = closing(new zmq.Pull())
      push.connect(await listen(pull, "inproc"))
      pulls.push(pull)
    }
    for (let index = 0; index < 9; index++) await push.send(String(index))
    for (const pull of pulls) say([text(await pull.receive()), text(await pull.receive()), text(await pull.receive())])
  },

  "immediate: only connected peers": async ({ zmq, say, closing, listen, text }) => {
    const pull = closing(new zmq.Pull())
    const push = closing(new zmq.Push({ immediate: true, linger: 0 }))
    push.connect("tcp://127.0.0.1:1")
    const first = push.send("0")
    push.connect(await listen(pull))
    await first
    for (const number of "1234") await push.send(number)
    const received = []
    for (let index = 0; index < 5; index++) received.push(...text(await pull.receive()))
    say(received)
  },

  "subscriptions: prefixes, counts, binary topics": async ({ zmq, say, closing, listen, text }) => {
    const [publisher, subscriber] = [closing(new zmq.XPublisher({ linger: 0 })), closing(new zmq.Subscriber())]
    subscriber.subscribe("a", Buffer.from([0xff, 0]), "twice", "twice")
    subscriber.connect(await listen(publisher))
    const told = []
    for (let index = 0; index < 3; index++) told.push(...text(await publisher.receive()))
    say(told.sort())
    const received = all(subscriber, text)
    subscriber.subscribe("end")
    say(text(await publisher.receive()))
    subscriber.unsubscribe("twice")
    subscriber.unsubscribe("unknown")
    subscriber.unsubscribe("a")
    say(text(await publisher.receive()))
    for (const message of [
      "a",
      "abc",
      ["twice!", "1"],
      "b",
      Buffer.from([0xff, 0, 1]),
      Buffer.from([0xff, 1]),
      ["", "x"],
    ]) {
      await publisher.send(message)
    }
    await publisher.send("end")
    say(await received)
    subscriber.subscribe()
    say(text(await publisher.receive()))
    const everything = all(subscriber, text)
    await publisher.send(["", "all"])
    await publisher.send(["", "end"])
    say(await everything)
    subscriber.unsubscribe()
    say(text(await publisher.receive()))
    subscriber.close()
    const left = [text(await publisher.receive()), text(await publisher.receive()), text(await publisher.receive())]
    say(left.flat().sort())
  },

  "verbosity of an XPUB": async ({ zmq, say, closing, listen, text }) => {
    for (const verbosity of [null, "allSubs", "allSubsUnsubs"]) {
      const publisher = closing(new zmq.XPublisher({ verbosity, linger: 0 }))
      const endpoint = await listen(publisher)
      const [one, other] = [closing(new zmq.XSubscriber({ linger: 0 })), closing(new zmq.XSubscriber({ linger: 0 }))]
      one.connect(endpoint)
      await one.send("\x01fo")
      const told = [text(await publisher.receive())]
      other.connect(endpoint)
      await other.send("\x01here")
      say(text(await publisher.receive()))
      await other.send("\x01fo")
      await other.send("\x00fo")
      await other.send("\x01last")
      while (told.at(-1)[0] !== "\x01last") told.push(text(await publisher.receive()))
      say(verbosity, told)
    }
  },

  "messages of an XSUB that are not subscriptions": async ({ zmq, say, closing, listen, text }) => {
    const [publisher, subscriber] = [
      closing(new zmq.XPublisher({ linger: 0 })),
      closing(new zmq.XSubscriber({ linger: 0 })),
    ]
    subscriber.connect(await listen(publisher))
    await subscriber.send("\x01a")
    say(text(await publisher.receive()))
    await subscriber.send("up")
    say(text(await publisher.receive()))
    await subscriber.send(["up", "stream"])
    say(text(await publisher.receive()))
    const received = subscriber.receive()
    await publisher.send(["abc", "down"])
    say(text(await received))
  },

  "a welcome message": async ({ zmq, say, closing, listen, text }) => {
    const publisher = closing(new zmq.XPublisher({ welcomeMessage: "welcome", linger: 0 }))
    const subscriber = closing(new zmq.Subscriber())
    subscriber.subscribe("welcome")
    subscriber.connect(await listen(publisher))
    // libzmq notices a new peer only during calls of the application.
    const told = publisher.receive()
    say(text(await subscriber.receive()), text(await told))
  },

  "invertMatching on both sides": async ({ zmq, say, closing, listen, text }) => {
    const publisher = closing(new zmq.XPublisher({ invertMatching: true, linger: 0 }))
    const subscriber = closing(new zmq.Subscriber({ invertMatching: true }))
    subscriber.subscribe("a")
    subscriber.connect(await listen(publisher))
    await publisher.receive()
    const received = all(subscriber, text)
    for (const message of ["abc", "b", "a", "", "end"]) await publisher.send(message)
    say(await received)
  },

  "noDrop: a full subscriber blocks the publisher": async ({ zmq, say, outcome, closing, listen }) => {
    const publisher = closing(new zmq.XPublisher({ noDrop: true, sendHighWaterMark: 1, sendTimeout: 0, linger: 0 }))
    const subscriber = closing(new zmq.Subscriber({ receiveHighWaterMark: 1 }))
    subscriber.subscribe()
    subscriber.connect(await listen(publisher, "inproc"))
    publisher.receiveTimeout = -1
    await publisher.receive()
    const results = []
    for (let index = 0; index < 3; index++)
      results.push((await outcome(() => publisher.send(String(index)))).rejects?.code ?? "sent")
    say(results)
    const dropping = closing(new zmq.XPublisher({ sendHighWaterMark: 1, linger: 0 }))
    const other = closing(new zmq.Subscriber({ receiveHighWaterMark: 1 }))
    other.subscribe()
    other.connect(await listen(dropping, "inproc"))
    await dropping.receive()
    for (let index = 0; index < 5; index++) await dropping.send(String(index))
    const kept = []
    other.receiveTimeout = 0
    for (let message; (message = await other.receive().catch(() => undefined));) kept.push(String(message))
    say(kept)
  },

  "conflate: only the newest message": async ({ zmq, say, closing, listen, text }) => {
    const pull = closing(new zmq.Pull({ conflate: true }))
    const push = closing(new zmq.Push({ conflate: true, linger: 0 }))
    push.connect(await listen(pull, "inproc"))
    for (const number of "12345") await push.send(number)
    say(text(await pull.receive()))
  },

  "STREAM serves HTTP": async ({ zmq, say, closing, listen, text }) => {
    const stream = closing(new zmq.Stream({ linger: 0 }))
    const endpoint = await listen(stream)
    const served = (async () => {
      const seen = []
      for await (const [id, bytes] of stream) {
        seen.push(bytes.length === 0 ? "notice" : text(bytes).split("\r\n")[0])
        if (bytes.length === 0) continue
        say(named(id), id.length)
        await stream.send([id, "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nHello"])
        await stream.send([id, ""])
        // libzmq makes progress only during calls of the application.
        stream.receive().catch(() => undefined)
        return seen
      }
    })()
    const [response] = await once(get(`${endpoint.replace("tcp", "http")}/path`), "response")
    let body = ""
    for await (const chunk of response) body += chunk
    say(response.statusCode, response.headers["content-type"], body, await served)
  },

  "STREAM as a client, with notifications": async ({ zmq, say, closing, text }) => {
    const server = createServer((socket) =>
      socket.on("error", () => undefined).once("data", (data) => socket.write(`echo ${data}`)),
    )
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    const stream = closing(new zmq.Stream({ linger: 0 }))
    stream.connect(`tcp://127.0.0.1:${server.address().port}`, { routingId: "it" })
    say(text(await stream.receive()))
    await stream.send(["it", "hello"])
    say(text(await stream.receive()))
    server.close()
  },

  "STREAM without notifications": async ({ zmq, say, closing, listen, text }) => {
    const stream = closing(new zmq.Stream({ notify: false, linger: 0 }))
    const port = Number((await listen(stream)).split(":").pop())
    const socket = connect(port, "127.0.0.1")
    socket.write("first")
    const [id, bytes] = await stream.receive()
    say(text(bytes))
    await stream.send([id, "reply"])
    say(String((await once(socket, "data"))[0]))
    await stream.send([id, null])
    stream.receive().catch(() => undefined)
    await once(socket, "close")
    say("closed")
  },

  "STREAM to a disconnected peer": async ({ zmq, say, outcome, closing }) => {
    const stream = closing(new zmq.Stream({ linger: 0, sendTimeout: 0 }))
    say(await outcome(() => stream.send(["nobody", "x"])), stream.writable)
  },
}
