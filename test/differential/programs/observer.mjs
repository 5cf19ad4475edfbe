import { connect, createServer } from "node:net"
import { once } from "node:events"

/** Reads events up to the first one of type `last`, and returns them without values that vary between runs. */
async function eventsUntil(socket, last, { anonymous }) {
  const events = []
  for await (const event of socket.events) {
    const { interval, ...rest } = event
    events.push(anonymous(interval === undefined ? rest : { ...rest, interval: typeof interval }))
    if (event.type === last) break
  }
  return events
}

/** An event with its error as programs see it. */
function shown(event, { problem, anonymous }) {
  const { error, ...rest } = event
  delete rest.interval
  return anonymous({
    ...rest,
    ...(rest.type.includes("error") ? { error: problem(error), keys: Object.keys(error) } : {}),
  })
}

export default {
  "a socket that binds, unbinds, and closes": async (tools) => {
    const { zmq, say, closing } = tools
    const dealer = closing(new zmq.Dealer())
    const all = eventsUntil(dealer, "end", tools)
    await dealer.bind("tcp://127.0.0.1:*")
    await dealer.bind("inproc://observed")
    dealer.close()
    say(await all)
    const other = closing(new zmq.Dealer())
    const unbound = eventsUntil(other, "close", tools)
    await other.bind("tcp://*:*")
    await other.unbind(other.lastEndpoint)
    say(await unbound)
  },

  "a bind that fails": async (tools) => {
    const { zmq, say, closing, outcome } = tools
    const [one, other] = [closing(new zmq.Dealer()), closing(new zmq.Dealer())]
    await one.bind("tcp://127.0.0.1:*")
    const events = []
    const listened = (async () => {
      for await (const event of other.events) events.push(shown(event, tools))
    })()
    await outcome(() => other.bind(one.lastEndpoint))
    await outcome(() => other.bind("tcp://nosuchhost.invalid:1"))
    await outcome(() => other.bind("foo://x"))
    await outcome(() => other.bind("tcp://127.0.0.1"))
    await outcome(() => other.bindSync("tcp://nosuchhost.invalid:1"))
    other.close()
    await listened
    say(events)
  },

  "both sides of a connection": async (tools) => {
    const { zmq, say, closing, address } = tools
    for (const scheme of ["tcp", "ipc"]) {
      const [pull, push] = [closing(new zmq.Pull()), closing(new zmq.Push({ linger: 0 }))]
      await pull.bind(address(scheme))
      const [bound, connected] = [[], []]
      const quiet = (events) => (event) => {
        const rest = { ...event }
        delete rest.interval
        const text = JSON.stringify(tools.anonymous(rest)).replace(/ipc:[^"]*/, "ipc")
        events.push(JSON.parse(text))
        return event.type
      }
      const listen = async (socket, note, last) => {
        for await (const event of socket.events) if (note(event) === last) return
      }
      const heard = [listen(pull, quiet(bound), "disconnect"), listen(push, quiet(connected), "handshake")]
      push.connect(pull.lastEndpoint)
      await push.send("x")
      await pull.receive()
      await heard[1]
      push.close()
      await heard[0]
      const end = listen(pull, quiet(bound), "end")
      pull.close()
      await end
      say(scheme, bound, connected)
    }
  },

  "no server": async (tools) => {
    const { zmq, say, closing } = tools
    const dealer = closing(new zmq.Dealer({ reconnectInterval: 50, linger: 0 }))
    const types = []
    let interval
    const listened = (async () => {
      for await (const event of dealer.events) {
        types.push(event.type, Object.keys(event))
        if (event.interval !== undefined) interval = event.interval
        if (types.filter((type) => type === "connect:retry").length === 2) break
      }
    })()
    dealer.connect("tcp://127.0.0.1:1")
    await listened
    say(types, interval >= 50 && interval < 100)
  },

  "inproc is not observed": async (tools) => {
    const { zmq, say, closing } = tools
    const [one, other] = [closing(new zmq.Pair()), closing(new zmq.Pair())]
    const all = eventsUntil(one, "end", tools)
    await one.bind("inproc://quiet")
    other.connect("inproc://quiet")
    await other.send("x")
    await one.receive()
    other.close()
    one.close()
    say(await all)
  },

  "events of listeners": async (tools) => {
    const { zmq, say, closing } = tools
    const dealer = closing(new zmq.Dealer())
    const told = []
    let ended
    const end = new Promise((resolve) => (ended = resolve))
    const silent = () => told.push("silent")
    const { events } = dealer
    await dealer.bind("tcp://127.0.0.1:*")
    events.on("bind", ({ type, address }) => told.push([type, typeof address]))
    say(told)
    events.on("bind", silent)
    events.off("bind", silent)
    events.on("close", ({ type }) => told.push(type))
    events.on("end", (event) => (told.push(event), ended()))
    dealer.close()
    await end
    say(told)
    say(events.closed)
  },

  "peers of another socket type": async (tools) => {
    const { zmq, say, differs, closing } = tools
    const [push, publisher] = [
      closing(new zmq.Push({ linger: 0 })),
      closing(new zmq.Publisher({ linger: 0, reconnectInterval: -1 })),
    ]
    await push.bind("tcp://127.0.0.1:*")
    const heard = [eventsUntil(push, "disconnect", tools), eventsUntil(publisher, "disconnect", tools)]
    publisher.connect(push.lastEndpoint)
    const types = (await Promise.all(heard)).map((events) => events.map(({ type }) => type))
    say(types.map((types) => types.filter((type) => !type.startsWith("handshake:error"))))
    differs("why peers do not suit each other", types[0].includes("handshake:error:protocol"))
  },

  "a peer that does not speak ZMTP": async (tools) => {
    const { zmq, say, closing } = tools
    const pull = closing(new zmq.Pull())
    await pull.bind("tcp://127.0.0.1:*")
    const events = []
    const heard = (async () => {
      for await (const event of pull.events) {
        events.push(shown(event, tools))
        if (event.type === "disconnect") return
      }
    })()
    const socket = connect(Number(pull.lastEndpoint.split(":").pop()), "127.0.0.1")
    socket.on("error", () => undefined)
    socket.resume()
    await once(socket, "connect")
    socket.end()
    await heard
    say(events)
  },

  "a server that closes the connection": async (tools) => {
    const { zmq, say, closing } = tools
    const server = createServer((socket) => socket.destroy())
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    const push = closing(new zmq.Push({ linger: 0, reconnectInterval: 1000 }))
    const events = []
    const heard = (async () => {
      for await (const event of push.events) {
        events.push([event.type, Object.keys(event)])
        if (event.type === "connect:retry") return
      }
    })()
    push.connect(`tcp://127.0.0.1:${server.address().port}`)
    await heard
    say(events)
    push.close()
    server.close()
  },

  "mechanisms that do not match": async (tools) => {
    const { zmq, say, closing } = tools
    const [one, other] = [
      closing(new zmq.Pair({ plainServer: true })),
      closing(new zmq.Pair({ linger: 0, curveServer: true, reconnectInterval: -1 })),
    ]
    other.curveSecretKey = zmq.curveKeyPair().secretKey
    await one.bind("tcp://127.0.0.1:*")
    const both = [one, other].map(async (socket) => {
      const events = []
      for await (const event of socket.events) {
        events.push(shown(event, tools))
        if (event.type === "disconnect") return events
      }
    })
    other.connect(one.lastEndpoint)
    say(await Promise.all(both))
  },

  "arguments, modes, and the end": async ({ zmq, say, outcome, closing }) => {
    say(await outcome(() => new zmq.Observer()), await outcome(() => new zmq.Observer(1)))
    const dealer = closing(new zmq.Dealer())
    const { events } = dealer
    say(events === dealer.events, events instanceof zmq.Observer, events.closed)
    const waiting = events.receive()
    say(await outcome(() => events.receive()))
    dealer.close()
    say(await waiting, Object.keys(await waiting), events.closed)
    say(await outcome(() => events.receive()), await outcome(() => events[Symbol.asyncIterator]().next()))
    say(await outcome(() => dealer.events), events.close(), events.close())
    const other = closing(new zmq.Dealer())
    const observer = other.events
    observer.close()
    say(observer.closed, other.closed, await outcome(() => observer.receive()))
    say(await outcome(() => (observer.closed = true)), await outcome(() => observer.receive(1)))
    const third = closing(new zmq.Dealer())
    const told = third.events
    const subscriber = told.on("bind", () => undefined)
    say(
      typeof subscriber.on,
      typeof subscriber.off,
      await outcome(() => told.receive),
      await outcome(() => told.receive()),
    )
  },
}
