const OPTIONS = "ioThreads maxSockets maxSocketsLimit threadPriority threadSchedulingPolicy maxMessageSize ipv6 blocky"
const VALUES = [
  0,
  1,
  3,
  -1,
  1.9,
  2147483647,
  2147483648,
  0x1_0000_0000,
  NaN,
  Infinity,
  true,
  false,
  "1",
  null,
  undefined,
]

export default {
  "defaults, accepted and rejected values": async ({ zmq, say, outcome }) => {
    for (const option of OPTIONS.split(" ")) {
      say(option, option in new zmq.Context(), await outcome(() => new zmq.Context()[option]))
      for (const value of VALUES) {
        const context = new zmq.Context()
        say(
          option,
          String(value),
          await outcome(() => void (context[option] = value)),
          await outcome(() => context[option]),
        )
        const made = await outcome(() => void new zmq.Context({ [option]: value }))
        say(made)
      }
    }
    for (const options of [null, 1, "x", {}, [], { doesNotExist: 1 }])
      say(options, await outcome(() => void new zmq.Context(options)))
    say(await outcome(() => void new zmq.Context({}, 1)))
    say(await outcome(() => void (new zmq.Context().doesNotExist = 1)))
    say(await outcome(() => void new zmq.Context(undefined)))
  },

  "options by number": async ({ zmq, say, outcome }) => {
    const context = new zmq.Context()
    for (const id of [1, 2, 3, 5, 42, 70, 997, -1, "1", undefined]) {
      say(id, await outcome(() => context.getInt32Option(id)), await outcome(() => context.getBoolOption(id)))
    }
    for (const [id, value] of [[1, 2], [2, 0], [42, 1], [70, 0], [997, 1], ["1", 1], [1, "1"], [1], []]) {
      say(id, value, await outcome(() => context.setInt32Option(id, value)))
    }
    for (const [id, value] of [
      [42, true],
      [70, true],
      [42, 1],
      [997, true],
      ["42", true],
    ]) {
      say(id, value, await outcome(() => context.setBoolOption(id, value)))
    }
    say(context.ioThreads, context.ipv6, context.blocky)
  },

  "the default context": ({ zmq, say, closing }) => {
    const socket = closing(new zmq.Dealer())
    say(zmq.context instanceof zmq.Context, socket.context === zmq.context, socket.context === socket.context)
    const { ioThreads, maxSockets, ipv6, blocky } = zmq.context
    say(ioThreads, maxSockets, ipv6, blocky)
    const context = new zmq.Context()
    const own = closing(new zmq.Dealer({ context }))
    say(own.context === context, own.context === zmq.context)
    own.close()
    say(own.context)
  },

  "the limit of maxSockets": async ({ zmq, say, outcome, closing, turn }) => {
    const context = new zmq.Context({ maxSockets: 3 })
    const sockets = [1, 2, 3].map(() => closing(new zmq.Dealer({ context, linger: 0 })))
    say(await outcome(() => new zmq.Dealer({ context })))
    context.maxSockets = 10
    say(context.maxSockets, await outcome(() => new zmq.Dealer({ context })))
    sockets[0].close()
    let made
    while (made === undefined) {
      await turn()
      try {
        made = closing(new zmq.Dealer({ context }))
      } catch {
        // The closed socket has not released everything yet.
      }
    }
    say(made.closed, await outcome(() => new zmq.Dealer({ context })))
  },

  "options that sockets inherit from a context": ({ zmq, say, closing }) => {
    const context = new zmq.Context()
    const before = closing(new zmq.Dealer({ context }))
    context.ipv6 = true
    context.blocky = false
    const after = closing(new zmq.Dealer({ context }))
    const told = closing(new zmq.Dealer({ context, linger: 7, ipv6: false }))
    say([before, after, told].map(({ ipv6, linger }) => [ipv6, linger]))
    say(closing(new zmq.Subscriber()).linger, closing(new zmq.XSubscriber()).linger, closing(new zmq.Dealer()).linger)
  },

  "inproc names of two contexts are separate": async ({ zmq, say, closing, text }) => {
    const [one, other] = [new zmq.Context(), new zmq.Context()]
    const [a, b] = [closing(new zmq.Pair({ context: one })), closing(new zmq.Pair({ context: other }))]
    await a.bind("inproc://name")
    await b.bind("inproc://name")
    const [c, d] = [closing(new zmq.Pair({ context: one })), closing(new zmq.Pair({ context: other }))]
    c.connect("inproc://name")
    d.connect("inproc://name")
    await c.send("to a")
    await d.send("to b")
    say(text(await b.receive()), text(await a.receive()))
  },

  "only inproc with ioThreads 0": async ({ zmq, say, outcome, closing }) => {
    const context = new zmq.Context({ ioThreads: 0 })
    const pair = closing(new zmq.Pair({ context }))
    say(await outcome(() => pair.connect("tcp://127.0.0.1:1")))
    say(await outcome(() => pair.bind("inproc://x")))
  },

  "a context is garbage-collected with its closed socket": async ({ zmq, say, turn }) => {
    const references = []
    const use = async () => {
      const context = new zmq.Context()
      const socket = new zmq.Dealer({ context, linger: 0 })
      socket.connect("tcp://127.0.0.1:1")
      await socket.send("never delivered")
      socket.close()
      references.push(new WeakRef(context))
    }
    await use()
    await turn()
    globalThis.gc()
    say(references[0].deref() === undefined)
  },
}
