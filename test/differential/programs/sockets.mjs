const TYPES = "Pair Publisher Subscriber Request Reply Dealer Router Pull Push XPublisher XSubscriber Stream".split(" ")

const ADDRESSES = [
  "",
  "x",
  "tcp",
  "tcp:",
  "tcp:/",
  "tcp://",
  "://",
  "://x",
  "tcp://127.0.0.1",
  "tcp://127.0.0.1:",
  "tcp://:5555",
  "tcp://:",
  "tcp://*",
  "tcp://127.0.0.1:x",
  "TCP://127.0.0.1:5555",
  "foo://127.0.0.1:5555",
  "pgm://x",
  "norm://x",
  "vmci://*:1",
  "ipc://",
  "inproc://",
  "tcp://no such host:1",
  "tcp://nosuchhost.invalid:1",
  " tcp://127.0.0.1:1",
]
const OPERATIONS = ["bind", "bindSync", "unbind", "connect", "disconnect"]

export default {
  "malformed and unknown addresses": async ({ zmq, say, differs, outcome }) => {
    for (const operation of OPERATIONS) {
      for (const address of ADDRESSES) {
        // The lookup among the bound endpoints gives the same result for all types.
        if (operation === "unbind" && address.includes("nosuch")) continue
        // This address can never be connected to.
        if (operation === "connect" && address === "tcp://:5555") continue
        const socket = new zmq.Dealer({ linger: 0 })
        say(operation, address, await outcome(() => socket[operation](address)))
        socket.close()
      }
    }
    const socket = new zmq.Dealer({ linger: 0 })
    differs("epgm:// for a Dealer", (await outcome(() => socket.connect("epgm://x"))).thrown.code)
    say(await outcome(() => socket.connect("tcp://*:5555")), await outcome(() => socket.connect("tcp://127.0.0.1:*")))
    say(await outcome(() => socket.bind("tcp://198.51.100.1:0")), await outcome(() => socket.bind("tcp://[::1]:0")))
    say(await outcome(() => socket.bind("ipc:///no/such/folder/socket")))
    say(await outcome(() => socket.bind(`ipc:///tmp/${"x".repeat(200)}`)))
    say(await outcome(() => socket.connect(`ipc:///tmp/${"x".repeat(200)}`)))
    socket.close()
  },

  "arguments that are not addresses": async ({ zmq, say, outcome, closing }) => {
    const socket = closing(new zmq.Dealer())
    for (const operation of [...OPERATIONS, "unbindSync"]) {
      for (const value of [undefined, null, 1, {}, []])
        say(operation, value, await outcome(() => socket[operation](value)))
      say(operation, await outcome(() => socket[operation]()))
      say(operation, await outcome(() => socket[operation]("inproc://x", 1)))
    }
    say(await outcome(() => socket.close(1)), socket.closed)
    for (const count of ["join", "leave"]) {
      say(
        await outcome(() => socket[count]()),
        await outcome(() => socket[count]("x")),
        await outcome(() => socket[count](1)),
      )
    }
    const subscriber = closing(new zmq.Subscriber())
    for (const value of [1, null, undefined, {}, true]) {
      say(value, await outcome(() => subscriber.subscribe(value)), await outcome(() => subscriber.unsubscribe(value)))
    }
  },

  "operations on a closed socket": async ({ zmq, say, outcome }) => {
    for (const type of TYPES) {
      const socket = new zmq[type]()
      say(type, socket.closed, socket.close(), socket.closed, socket.close())
      for (const operation of [...OPERATIONS, "unbindSync"]) {
        if (operation === "unbindSync") continue
        say(operation, await outcome(() => socket[operation]("tcp://127.0.0.1:1")))
        say(operation, await outcome(() => socket[operation](1)))
      }
      say(
        await outcome(() => socket.send("x")),
        await outcome(() => socket.receive()),
        await outcome(() => socket.send()),
      )
      if (socket.subscribe && type !== "XPublisher") say(await outcome(() => socket.subscribe("x")))
      say(await outcome(() => socket.events))
      const iterator = socket[Symbol.asyncIterator]()
      say(await outcome(() => iterator.next()))
    }
  },

  "endpoints that are in use, unknown, or used twice": async ({ zmq, say, outcome, closing, address, anonymous }) => {
    for (const scheme of ["tcp", "inproc"]) {
      const [one, other] = [closing(new zmq.Dealer({ linger: 0 })), closing(new zmq.Dealer({ linger: 0 }))]
      await one.bind(address(scheme))
      const endpoint = one.lastEndpoint
      say(
        scheme,
        anonymous(await outcome(() => one.bind(endpoint))),
        anonymous(await outcome(() => other.bind(endpoint))),
      )
      say(anonymous(await outcome(() => other.bindSync(endpoint))))
      say(
        anonymous(await outcome(() => other.unbind(endpoint))),
        anonymous(await outcome(() => other.disconnect(endpoint))),
      )
      other.connect(endpoint)
      say(
        anonymous(await outcome(() => other.disconnect(endpoint))),
        anonymous(await outcome(() => other.disconnect(endpoint))),
      )
      // With libzmq, a race decides whether the other socket can bind the address immediately.
      say(anonymous(await outcome(() => one.unbind(endpoint))), anonymous(await outcome(() => one.unbind(endpoint))))
    }
  },

  "the last endpoint": async ({ zmq, say, closing, address, anonymous }) => {
    const socket = closing(new zmq.Dealer({ linger: 0 }))
    say(socket.lastEndpoint)
    await socket.bind("tcp://*:*")
    say(anonymous(socket.lastEndpoint))
    await socket.bind("tcp://127.0.0.1:0")
    say(anonymous(socket.lastEndpoint))
    await socket.bind("tcp://localhost:*")
    say(anonymous(socket.lastEndpoint))
    await socket.bind("tcp://lo:*")
    say(anonymous(socket.lastEndpoint))
    await socket.bind("inproc://last")
    say(socket.lastEndpoint)
    const path = address("ipc")
    await socket.bind(path)
    say(socket.lastEndpoint === path)
    socket.connect("tcp://127.0.0.1:1")
    say(anonymous(socket.lastEndpoint))
    await socket.bind("ipc://*")
    say(socket.lastEndpoint.startsWith("ipc://"))
    socket.bindSync("tcp://127.0.0.1:*")
    say(anonymous(socket.lastEndpoint))
    await socket.unbind(socket.lastEndpoint)
    say(anonymous(socket.lastEndpoint))
    const six = closing(new zmq.Dealer({ linger: 0, ipv6: true }))
    await six.bind("tcp://[::1]:*")
    say(anonymous(six.lastEndpoint))
  },

  "calls during a bind or an unbind": async ({ zmq, say, differs, outcome, closing, address }) => {
    for (const operation of ["bind", "unbind"]) {
      const socket = closing(new zmq.Dealer({ linger: 0 }))
      await socket.bind(address("tcp"))
      const endpoint = socket.lastEndpoint
      const promise = operation === "bind" ? socket.bind(address("tcp")) : socket.unbind(endpoint)
      for (const other of ["bind", "unbind", "bindSync", "unbindSync"]) {
        say(operation, other, await outcome(() => ({ then: undefined, result: socket[other]("tcp://127.0.0.1:1") })))
        if (other === "bind") say(promise instanceof Promise)
      }
      await promise
      const again = operation === "bind" ? socket.unbind(endpoint) : socket.bind(address("tcp"))
      const calls = {
        connect: () => socket.connect("tcp://127.0.0.1:1"),
        send: () => void socket.send("x"),
        disconnect: () => socket.disconnect("tcp://127.0.0.1:1"),
        receive: () => void socket.receive().catch(() => undefined),
      }
      const results = Object.entries(calls).map(([call, act]) => {
        try {
          act()
          return `${call}: done`
        } catch (error) {
          return `${call}: ${error.code}`
        }
      })
      await again
      differs("other calls while it binds or unbinds", results)
    }
  },

  "closing during a bind or an unbind": async ({ zmq, say, outcome, address }) => {
    for (const operation of ["bind", "unbind"]) {
      for (const fails of [false, true]) {
        const socket = new zmq.Dealer({ linger: 0 })
        await socket.bind(address("tcp"))
        const endpoint = socket.lastEndpoint
        const target =
          operation === "bind" ? (fails ? endpoint : address("tcp")) : fails ? "tcp://127.0.0.1:1" : endpoint
        const promise = socket[operation](target)
        socket.close()
        const during = socket.closed
        const result = await outcome(() => promise)
        say(operation, fails, during, socket.closed, result.rejects?.code ?? "done")
      }
    }
  },

  "closing with pending calls": async ({ zmq, say, outcome, turn }) => {
    const cases = {
      "receive of a DEALER": [new zmq.Dealer(), (socket) => socket.receive()],
      "send of a DEALER": [new zmq.Dealer(), (socket) => socket.send("x")],
      "send of a PUSH": [new zmq.Push(), (socket) => socket.send("x")],
      "receive of a REQ": [new zmq.Request(), (socket) => socket.receive()],
      "send of a REQ": [new zmq.Request(), (socket) => socket.send("x")],
      "send of a REP": [new zmq.Reply(), (socket) => socket.send("x")],
      "receive of a REP": [new zmq.Reply(), (socket) => socket.receive()],
      "receive of a SUB": [new zmq.Subscriber(), (socket) => socket.receive()],
      "send of a SUB": [new zmq.Subscriber(), (socket) => socket.send("x")],
      "receive of a PUB": [new zmq.Publisher(), (socket) => socket.receive()],
      "receive of a PUSH": [new zmq.Push(), (socket) => socket.receive()],
      "send of a PULL": [new zmq.Pull(), (socket) => socket.send("x")],
      "send of a PAIR": [new zmq.Pair(), (socket) => socket.send("x")],
      "send of a mandatory ROUTER": [new zmq.Router({ mandatory: true }), (socket) => socket.send(["x", "y"])],
    }
    for (const [what, [socket, act]] of Object.entries(cases)) {
      const result = outcome(() => act(socket))
      await turn()
      socket.close()
      say(what, await result)
    }
  },

  "timeouts and their errors": async ({ zmq, say, outcome, closing, listen }) => {
    for (const timeout of [0, 1]) {
      const options = { sendTimeout: timeout, receiveTimeout: timeout, linger: 0 }
      for (const type of TYPES) {
        const { sendTimeout, receiveTimeout } = options
        const own = { linger: 0 }
        const probe = closing(new zmq[type]())
        if ("sendTimeout" in probe) own.sendTimeout = sendTimeout
        if ("receiveTimeout" in probe) own.receiveTimeout = receiveTimeout
        const socket = closing(new zmq[type](own))
        if ("sendTimeout" in socket) say(timeout, type, "send", await outcome(() => socket.send("x")))
        if ("receiveTimeout" in socket) say(timeout, type, "receive", await outcome(() => socket.receive()))
      }
      const router = closing(new zmq.Router({ mandatory: true, sendTimeout: timeout, linger: 0 }))
      say(timeout, "mandatory", await outcome(() => router.send(["x", "y"])))
      const request = closing(new zmq.Request(options))
      const reply = closing(new zmq.Reply(options))
      request.connect(await listen(reply, "inproc"))
      await request.send("1")
      say(timeout, "a second request", await outcome(() => request.send("2")), await outcome(() => request.receive()))
      reply.receiveTimeout = -1
      await reply.receive()
      reply.receiveTimeout = timeout
      say(timeout, "a second receive of REP", await outcome(() => reply.receive()))
    }
  },

  "high-water marks, and EAGAIN beyond them": async ({ zmq, say, outcome, closing, listen }) => {
    for (const address of ["tcp://127.0.0.1:1", "ipc:///tmp/zmtp-differential-nobody", "inproc://nobody"]) {
      for (const type of ["Dealer", "Push", "Pair"]) {
        const socket = closing(new zmq[type]({ sendHighWaterMark: 3, sendTimeout: 1, linger: 0 }))
        socket.connect(address)
        const results = []
        for (let index = 0; index < 5; index++)
          results.push((await outcome(() => socket.send(Buffer.alloc(8192)))).rejects?.code ?? "sent")
        say(type, address, results, socket.writable)
      }
    }
    const push = closing(new zmq.Push({ sendHighWaterMark: 2, sendTimeout: 1, linger: 0 }))
    const pull = closing(new zmq.Pull({ receiveHighWaterMark: 3, linger: 0 }))
    push.connect(await listen(pull, "inproc"))
    let sent = 0
    while ((await outcome(() => push.send("x"))).rejects === undefined) sent++
    say(sent)
    const endless = closing(new zmq.Push({ sendHighWaterMark: 0, sendTimeout: 1, linger: 0 }))
    endless.connect("tcp://127.0.0.1:1")
    for (let index = 0; index < 3000; index++) await endless.send("x")
    say(endless.writable)
  },

  "readable and writable": async ({ zmq, say, closing, listen, turn }) => {
    for (const type of TYPES) {
      const socket = closing(new zmq[type]({ linger: 0 }))
      const before = [socket.readable, socket.writable]
      socket.connect("tcp://127.0.0.1:1")
      say(type, before, [socket.readable, socket.writable])
      socket.close()
      say(socket.readable, socket.writable)
    }
    const immediate = closing(new zmq.Push({ immediate: true, linger: 0 }))
    immediate.connect("tcp://127.0.0.1:1")
    say(immediate.writable)
    for (const scheme of ["tcp", "ipc", "inproc"]) {
      const [pull, push] = [closing(new zmq.Pull()), closing(new zmq.Push({ linger: 0 }))]
      push.connect(await listen(pull, scheme))
      say(pull.readable, push.writable)
      await push.send("x")
      while (!pull.readable) await turn()
      await pull.receive()
      say(scheme, pull.readable)
    }
    const [request, reply] = [closing(new zmq.Request({ linger: 0 })), closing(new zmq.Reply({ linger: 0 }))]
    request.connect(await listen(reply, "inproc"))
    const state = () => [request.readable, request.writable, reply.readable, reply.writable]
    const states = [state()]
    await request.send("q")
    while (!reply.readable) await turn()
    states.push(state())
    await reply.receive()
    states.push(state())
    await reply.send("a")
    while (!request.readable) await turn()
    states.push(state())
    await request.receive()
    say(states, state())
  },

  "connected twice": async ({ zmq, say, closing, listen }) => {
    for (const type of ["Push", "Dealer"]) {
      const receiver = closing(new zmq[type === "Push" ? "Pull" : "Router"]())
      const socket = closing(new zmq[type]({ linger: 0 }))
      const endpoint = await listen(receiver)
      const types = []
      const listened = (async () => {
        for await (const { type } of receiver.events) types.push(type)
      })()
      socket.connect(endpoint)
      socket.connect(endpoint)
      for (let index = 0; index < 10; index++) await socket.send(String(index))
      for (let index = 0; index < 10; index++) await receiver.receive()
      receiver.close()
      await listened
      say(type, types.filter((type) => type === "accept").length)
    }
  },

  "several concurrent calls": async ({ zmq, say, differs, closing }) => {
    const dealer = closing(new zmq.Dealer({ linger: 0 }))
    const refused = (action) => {
      try {
        action().catch(() => undefined)
        return "waits"
      } catch (error) {
        return error.message
      }
    }
    say(
      refused(() => dealer.send("1")),
      refused(() => dealer.receive()),
    )
    differs(
      "a second send",
      refused(() => dealer.send("2")),
    )
    differs(
      "a second receive",
      refused(() => dealer.receive()),
    )
  },

  "arguments of send and receive": async ({ zmq, say, differs, outcome, closing }) => {
    const dealer = closing(new zmq.Dealer({ linger: 0, receiveTimeout: 0 }))
    dealer.connect("inproc://arguments")
    say(await outcome(() => dealer.send()), await outcome(() => dealer.send(undefined)))
    const shown = (result) => result.thrown?.message ?? (result.rejects?.code === "EAGAIN" ? "received" : "sent")
    differs("an option object for send", shown(await outcome(() => dealer.send("x", {}))))
    differs("an option object for receive", shown(await outcome(() => dealer.receive({}))))
    say(await outcome(() => dealer.send("x", 1, 2)).then(({ thrown }) => thrown?.kind))
  },
}
