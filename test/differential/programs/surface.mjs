import { inspect } from "node:util"

const CLASSES = "Pair Publisher Subscriber Request Reply Dealer Router Pull Push XPublisher XSubscriber Stream".split(
  " ",
)
const NAMES = [..."version capability curveKeyPair context Context Socket Observer Proxy".split(" "), ...CLASSES]
const METHODS = "bind unbind bindSync unbindSync connect disconnect close send receive join leave".split(" ")
const PROTECTED = ["Bool", "Int32", "Uint32", "Int64", "Uint64", "String"].flatMap((kind) => [
  `get${kind}Option`,
  `set${kind}Option`,
])

/** The class name that `inspect` prints for a socket. The other details that this library prints are for people. */
function shown(socket) {
  return inspect(socket).replace(/ \{[^]*\}$/, "")
}

export default {
  "exports and their types": ({ zmq, say, differs }) => {
    for (const name of NAMES) say(name, typeof zmq[name], name in zmq)
    const { tipc, draft, epgm, ws, ...capability } = zmq.capability
    say(zmq.version, capability, typeof draft)
    differs("tipc", tipc)
    differs("epgm", epgm === true)
    differs("ws", ws === true)
  },

  "every class: its name, its number of parameters, its ancestors": ({ zmq, say, closing }) => {
    for (const name of [...CLASSES, "Socket", "Context", "Observer", "Proxy"]) say(zmq[name].name)
    for (const name of CLASSES) {
      const socket = closing(new zmq[name]())
      say(name, socket.type, socket instanceof zmq.Socket, zmq[name].prototype instanceof zmq.Socket)
      say(socket.constructor === zmq[name], zmq.Socket.prototype.constructor === zmq.Socket)
    }
  },

  "every instance: sealed, without own properties, printed by its class": ({ zmq, say, closing }) => {
    for (const name of CLASSES) {
      const socket = closing(new zmq[name]())
      say(name, shown(socket), Object.keys(socket), Object.getOwnPropertyNames(socket), JSON.stringify(socket))
      say(Object.isSealed(socket), Object.isFrozen(socket), String(socket))
    }
    const context = new zmq.Context()
    say(inspect(context), Object.keys(context), Object.isSealed(context))
    const enumerated = []
    for (const key in context) enumerated.push(key)
    say(enumerated)
  },

  "methods of every class": ({ zmq, say, differs, closing }) => {
    for (const name of CLASSES) {
      const socket = closing(new zmq[name]())
      for (const method of [...METHODS, ...PROTECTED]) say(name, method, typeof socket[method])
      say(name, typeof socket[Symbol.asyncIterator])
      if (name === "XPublisher") differs("subscribe of an XPublisher", "subscribe" in socket)
      else say("subscribe" in socket, "unsubscribe" in socket)
    }
    for (const method of ["getBoolOption", "setBoolOption", "getInt32Option", "setInt32Option"]) {
      say("Context", method, typeof new zmq.Context()[method])
    }
  },

  "classes require new": async ({ zmq, say, outcome }) => {
    for (const name of ["Context", "Socket", "Observer", "Proxy", ...CLASSES])
      say(name, await outcome(() => zmq[name]()))
  },

  "arguments of constructors": async ({ zmq, say, differs, outcome, closing }) => {
    class Odd extends zmq.Socket {}
    const attempts = [
      [],
      ["1"],
      [null],
      [1, null],
      [1, 1],
      [1, "x"],
      [1, {}, 2],
      [1, new zmq.Context()],
      [37],
      [4591],
      [-1],
      [1, { doesNotExist: 1 }],
      [1, { sendTimeout: 1 }],
      [1, { linger: "1" }],
      [1, { linger: -2 }],
      [1, { linger: undefined }],
      [1, { type: 4 }],
      [1, { securityMechanism: 1 }],
      [1, { lastEndpoint: "x" }],
      [1, { closed: true }],
      [1, { events: 1 }],
      [1, { threadSafe: true }],
    ]
    for (const [index, attempt] of attempts.entries()) {
      const result = await outcome(() => closing(new Odd(...attempt)))
      say(index, "gives" in result ? "made" : result.thrown)
    }
    for (const context of [undefined, null, {}]) {
      const { thrown } = await outcome(() => closing(new zmq.Dealer({ context })))
      if (context !== undefined) say(thrown.kind, thrown.message)
      differs(`${context} for a context`, thrown?.code ?? thrown?.message ?? "made")
    }
    for (const attempt of [[null], [1], [{}, 1], [{ linger: 1 }, 2, 3], [undefined], [{ sendBufferSize: 1 }]]) {
      for (const name of ["Dealer", "Subscriber", "Router"]) {
        const result = await outcome(() => closing(new zmq[name](...attempt)))
        say(name, attempt, "gives" in result ? "made" : result.thrown)
      }
    }
  },

  "subclasses of the application": async ({ zmq, say, closing, listen, text }) => {
    class Own extends zmq.Socket {
      constructor(options) {
        super(1, options)
      }

      get interval() {
        return this.getInt32Option(18)
      }

      set interval(value) {
        this.setInt32Option(18, value)
      }
    }
    const own = closing(new Own({ linger: 7, interval: 77 }))
    say(own.linger, own.interval, own.type, shown(own), own.reconnectInterval)
    class Greeter extends zmq.Push {
      async greet(name) {
        await this.send(["hello", name])
      }
    }
    const [greeter, pull] = [closing(new Greeter({ linger: 0 })), closing(new zmq.Pull())]
    greeter.connect(await listen(pull))
    await greeter.greet("you")
    say(text(await pull.receive()), greeter instanceof zmq.Push, shown(greeter))
  },

  "CURVE keys": async ({ zmq, say, outcome }) => {
    const { publicKey, secretKey, ...rest } = zmq.curveKeyPair()
    say(publicKey.length, secretKey.length, rest, /^[\x20-\x7f]+$/.test(publicKey + secretKey))
    say(publicKey === zmq.curveKeyPair().publicKey)
    say("keys" in (await outcome(() => zmq.curveKeyPair())))
  },
}
