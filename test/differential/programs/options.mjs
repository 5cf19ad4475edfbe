const CLASSES = "Pair Publisher Subscriber Request Reply Dealer Router Pull Push XPublisher XSubscriber Stream".split(
  " ",
)

const OPTIONS = (
  "affinity rate recoveryInterval type linger reconnectInterval backlog reconnectMaxInterval maxMessageSize lastEndpoint " +
  "tcpKeepalive tcpKeepaliveCount tcpKeepaliveIdle tcpKeepaliveInterval tcpAcceptFilter immediate ipv6 securityMechanism " +
  "plainServer plainUsername plainPassword curveServer zapDomain typeOfService handshakeInterval socksProxy " +
  "heartbeatInterval heartbeatTimeToLive heartbeatTimeout connectTimeout tcpMaxRetransmitTimeout threadSafe " +
  "multicastMaxTransportDataUnit vmciBufferSize vmciBufferMinSize vmciBufferMaxSize vmciConnectTimeout interface " +
  "zapEnforceDomain loopbackFastPath gssapiServer gssapiPrincipal gssapiServicePrincipal gssapiPlainText " +
  "gssapiPrincipalNameType gssapiServicePrincipalNameType sendBufferSize sendHighWaterMark sendTimeout multicastHops " +
  "receiveBufferSize receiveHighWaterMark receiveTimeout routingId mandatory probeRouter correlate relaxed conflate " +
  "handover noDrop manual welcomeMessage notify invertMatching verbosity"
).split(" ")
const KEYS = ["curvePublicKey", "curveSecretKey", "curveServerKey"]

const READ_ONLY = ["context", "closed", "readable", "writable", "events"]

/** Values that are assigned to each option in turn. */
const VALUES = [
  0,
  1,
  2,
  5,
  -1,
  -2,
  -2.7,
  1.9,
  99,
  100,
  255,
  256,
  65535,
  65536,
  6553500,
  6553599,
  6553600,
  2147483647,
  2147483648,
  0xffffffff,
  0x100000000,
  0xfffffff7fab7fb,
  0xffffffffffffffff,
  1e300,
  NaN,
  Infinity,
  -Infinity,
  true,
  false,
  null,
  undefined,
  "",
  "x",
  "åbçdéfghïjk",
  "a\0b",
  "127.0.0.1",
  "10.0.0.0/8",
  "::1",
  "127.0.0.1/33",
  "300.1.1.1",
  "localhost",
  "a".repeat(15),
  "a".repeat(16),
  "a".repeat(255),
  "a".repeat(256),
  Buffer.from("bytes"),
  new Uint8Array([1, 2, 3]),
  new ArrayBuffer(2),
  [],
  {},
  "allSubs",
  "allSubsUnsubs",
]

const name = (value) =>
  typeof value === "number"
    ? String(value)
    : typeof value === "string" && value.length > 20
      ? `${value.length} × ${value[0]}`
      : (JSON.stringify(value) ?? "undefined")

const EXEMPT = ["type", "lastEndpoint", "securityMechanism", "threadSafe"]

/** Valid values for each kind of option, to find out which ones cause warnings. */
function suitable(option, value) {
  if (option === "zapDomain" || option === "routingId" || option === "socksProxy") return "x"
  if (option === "plainUsername" || option === "plainPassword" || option === "interface") return "x"
  if (option === "tcpAcceptFilter" || option === "verbosity" || option === "welcomeMessage") return null
  if (["heartbeatTimeout", "multicastHops"].includes(option)) return 1
  if (option === "conflate" || option === "manual" || option === "noDrop" || option === "notify") return false
  if (["probeRouter", "correlate", "relaxed", "handover", "mandatory"].includes(option)) return false
  return value
}

export default {
  "which options each class has, and their defaults": async ({ zmq, say, outcome, closing }) => {
    for (const type of CLASSES) {
      const socket = closing(new zmq[type]())
      for (const option of OPTIONS) {
        say(type, option, option in socket, option === "mandatory" ? "" : await outcome(() => socket[option]))
      }
      for (const option of KEYS) say(type, option, option in socket)
    }
  },

  "no option is enumerable, an own property, or a plain value": ({ zmq, say, closing }) => {
    for (const type of CLASSES) {
      const socket = closing(new zmq[type]())
      const enumerated = []
      for (const key in socket) enumerated.push(key)
      say(type, enumerated, ...OPTIONS.filter((option) => Object.hasOwn(socket, option)))
    }
  },

  "values that each option accepts, returns, and rejects": async ({ zmq, say, differs, outcome }) => {
    const homes = { ...Object.fromEntries(OPTIONS.map((option) => [option, "Dealer"])) }
    for (const option of ["handover", "mandatory"]) homes[option] = "Router"
    for (const option of ["correlate", "relaxed"]) homes[option] = "Request"
    for (const option of ["noDrop", "manual", "welcomeMessage", "invertMatching", "verbosity"])
      homes[option] = "XPublisher"
    homes.notify = "Stream"
    for (const option of OPTIONS) {
      for (const value of VALUES) {
        // The conversion of NaN and infinities to an integer depends on the processor.
        if (option === "affinity" && !Number.isFinite(value) && typeof value === "number") continue
        const socket = new zmq[homes[option]]({ linger: 0 })
        // Setting it is enough; no message of that size is sent.
        const set = await outcome(() => void (socket[option] = value))
        if (option === "maxMessageSize" && typeof value === "number" && !(value > -2 && Number.isFinite(value))) {
          differs("a maxMessageSize that is none", set.thrown?.code ?? "taken")
          socket.close()
          continue
        }
        say(option, name(value), set, option === "mandatory" ? "" : await outcome(() => socket[option]))
        socket.close()
      }
    }
  },

  "options that a class does not have cannot be set": async ({ zmq, say, outcome, closing }) => {
    for (const type of CLASSES) {
      const socket = closing(new zmq[type]())
      for (const option of OPTIONS.filter((option) => !(option in socket))) {
        say(type, option, await outcome(() => void (socket[option] = 1)))
      }
      say(await outcome(() => void (socket.doesNotExist = 1)))
    }
  },

  "read-only properties": async ({ zmq, say, outcome, closing }) => {
    for (const type of ["Dealer", "Subscriber", "Router"]) {
      const socket = closing(new zmq[type]())
      for (const option of [...READ_ONLY, ...EXEMPT]) say(type, option, await outcome(() => void (socket[option] = 1)))
    }
  },

  "CURVE keys: accepted and rejected values": async ({ zmq, say, outcome }) => {
    const { publicKey } = zmq.curveKeyPair()
    for (const option of KEYS) {
      for (const value of [
        publicKey,
        Buffer.alloc(32, 7),
        "short",
        Buffer.alloc(31),
        "",
        null,
        1,
        true,
        undefined,
        " ".repeat(40),
      ]) {
        const socket = new zmq.Dealer({ linger: 0 })
        const set = await outcome(() => void (socket[option] = value))
        say(option, typeof value, value?.length, set.thrown?.message, set.thrown?.code, set.thrown?.kind)
        say(socket.securityMechanism, socket.curveServer)
        socket.close()
      }
    }
  },

  "the last option that requires a mechanism selects it": ({ zmq, say, differs, closing }) => {
    const { publicKey, secretKey } = zmq.curveKeyPair()
    const steps = [
      { plainServer: true },
      { plainServer: false },
      { plainUsername: "u" },
      { plainPassword: "p" },
      { plainServer: true },
      { curveServer: true },
      { plainPassword: "p" },
      { curvePublicKey: publicKey },
      { curveSecretKey: secretKey },
      { curveServerKey: publicKey },
      { plainServer: true },
      { curveServer: true },
      { plainUsername: "u" },
    ]
    const socket = closing(new zmq.Dealer())
    for (const step of steps) {
      Object.assign(socket, step)
      const { securityMechanism, plainServer, curveServer, plainUsername, plainPassword } = socket
      say(Object.keys(step), securityMechanism, plainServer, curveServer, plainUsername, plainPassword)
    }
    const server = closing(new zmq.Dealer({ curveServer: true }))
    server.curveServer = false
    say(server.securityMechanism)
    const plain = { plainUsername: "u", plainPassword: "p" }
    const keys = { curvePublicKey: publicKey, curveSecretKey: secretKey, curveServerKey: publicKey }
    for (const [name, before, after] of [
      ["`plainServer: false` after keys", keys, { plainServer: false }],
      ["`plainServer: false` after a name and a password", plain, { plainServer: false }],
      ["`plainUsername: null` after keys", keys, { plainUsername: null }],
      ["`plainUsername: null` after `plainServer`", { plainServer: true }, { plainUsername: null }],
      ["`curveServer: false` after keys", keys, { curveServer: false }],
      ["`curveServer: false` after `plainServer`", { plainServer: true }, { curveServer: false }],
    ]) {
      differs(name, closing(new zmq.Dealer({ ...before, ...after })).securityMechanism)
    }
    const undone = closing(new zmq.Dealer(plain))
    Object.assign(undone, { plainUsername: null, plainPassword: null })
    say(undone.securityMechanism)
    differs("the user name after `null`", undone.plainUsername)
  },

  "CURVE with missing options": async ({ zmq, differs, outcome, closing }) => {
    const { publicKey } = zmq.curveKeyPair()
    for (const options of [{ curveServer: true }, { curveServerKey: publicKey }, { curvePublicKey: publicKey }]) {
      const socket = closing(new zmq.Dealer({ linger: 0, ...options }))
      const bound = await outcome(() => socket.bind("tcp://127.0.0.1:*"))
      differs("incomplete options of CURVE", bound.rejects?.code ?? "bound")
      const connected = await outcome(() => socket.connect("tcp://127.0.0.1:9"))
      differs("incomplete options of CURVE", connected.thrown?.code ?? "bound")
    }
  },

  "booleans by number": async ({ zmq, say, outcome }) => {
    const homes = {
      Dealer: [31, 39, 42, 44, 47, 51, 54, 93, 94],
      Router: [33, 56],
      Request: [52, 53],
      XPublisher: [40, 69, 71, 74, 78, 98],
      Stream: [73],
    }
    const numbers = [0, 1, 2, 100, -1, -2, 0.5, 1.9, -0.5, -1.5, 2 ** 31, 2 ** 32, 2 ** 32 + 1, NaN, Infinity]
    for (const [type, ids] of Object.entries(homes)) {
      for (const id of ids) {
        for (const number of numbers) {
          const socket = new zmq[type]({ linger: 0 })
          const set = await outcome(() => socket.setInt32Option(id, number))
          const readable = ![33, 54].includes(id)
          say(id, number, set.thrown?.code, readable ? await outcome(() => socket.getBoolOption(id)) : "")
          socket.close()
        }
      }
    }
  },

  "the routing id of a connection is not empty": async ({ zmq, say, outcome, closing }) => {
    const router = closing(new zmq.Router({ linger: 0 }))
    for (const id of ["", null, Buffer.alloc(0), "x", "x".repeat(300)]) {
      say(String(id?.length), await outcome(() => router.setStringOption(61, id)))
    }
    say(await outcome(() => router.connect("tcp://127.0.0.1:9", { routingId: "" })))
  },

  "options by number": async ({ zmq, say, outcome, closing }) => {
    const getters = ["Bool", "Int32", "Uint32", "Int64", "Uint64", "String"]
    const socket = closing(new zmq.Dealer({ routingId: "me", plainUsername: "user" }))
    const numbers = { Bool: [39, 42, 44, 81], Int32: [9, 16, 17, 18, 23, 24, 28, 31, 43, 75, 80], Uint32: [57] }
    const more = { Int64: [22], Uint64: [4], String: [5, 32, 45, 46, 55, 68, 92] }
    for (const [kind, ids] of Object.entries({ ...numbers, ...more })) {
      for (const id of ids) say(kind, id, await outcome(() => socket[`get${kind}Option`](id)))
    }
    for (const kind of getters) {
      for (const id of [-1, 997, 38, 52, 85, "18", undefined, null]) {
        say("get", kind, id, await outcome(() => socket[`get${kind}Option`](id)))
      }
      for (const [id, value] of [[997, 1], ["18", 1], [18, "1"], [18, undefined], [18], []]) {
        say("set", kind, id, value, await outcome(() => socket[`set${kind}Option`](id, value)))
      }
    }
    say(await outcome(() => socket.setInt32Option(18, 5)), socket.reconnectInterval)
    say(await outcome(() => socket.setBoolOption(39, true)), socket.immediate)
    say(await outcome(() => socket.setStringOption(5, "you")), socket.routingId)
    say(await outcome(() => socket.setStringOption(5, Buffer.from("buffer"))), socket.routingId)
    say(await outcome(() => socket.setStringOption(45, null)), socket.securityMechanism)
    say(await outcome(() => socket.setInt64Option(22, 0xffffffffffff)), socket.getInt64Option(22))
    say(await outcome(() => socket.setUint64Option(4, 0xfffffff7fab7fb)), socket.affinity)
    say(await outcome(() => socket.getBoolOption()), await outcome(() => socket.getBoolOption(39, 1)))
    say(await outcome(() => socket.setBoolOption(39, true, 1)))
  },

  "a closed socket has no options": async ({ zmq, say, outcome }) => {
    for (const type of ["Dealer", "Router", "XPublisher", "Subscriber", "Stream"]) {
      const socket = new zmq[type]()
      const names = OPTIONS.filter((option) => option in socket && !option.startsWith("vmci") && option !== "verbosity")
      socket.close()
      for (const option of names) {
        say(type, option, await outcome(() => socket[option]), await outcome(() => void (socket[option] = 1)))
      }
      for (const option of ["context", "closed", "readable", "writable"]) say(type, option, socket[option])
      say(await outcome(() => socket.getInt32Option(18)), await outcome(() => socket.setInt32Option(18, 1)))
    }
  },

  "options that warn when the socket has an endpoint": async ({ zmq, say, warned, closing, address }) => {
    const situations = {
      connected: (socket) => socket.connect("tcp://127.0.0.1:1"),
      bound: (socket) => socket.bind(address("tcp")),
      "bound over inproc": (socket) => socket.bind(address("inproc")),
      none: () => undefined,
    }
    for (const [situation, reach] of Object.entries(situations)) {
      for (const type of ["Dealer", "Router", "Request", "XPublisher", "Subscriber"]) {
        const socket = closing(new zmq[type]({ linger: 0 }))
        await reach(socket)
        for (const option of OPTIONS.filter((option) => option in socket && !EXEMPT.includes(option))) {
          if (option.startsWith("vmci")) continue
          const value = suitable(option, typeof socket[option] === "boolean" ? true : 1)
          if (option === "mandatory") say(situation, option, await warned(() => void (socket.mandatory = false)))
          else say(situation, type, option, await warned(() => void (socket[option] = value)))
        }
      }
    }
  },

  "warnings during a bind, for subscriptions, and for the routing id of a connection": async (tools) => {
    const { zmq, say, warned, closing, address } = tools
    const dealer = closing(new zmq.Dealer())
    let bound
    say(
      await warned(() => {
        bound = dealer.bind(address("tcp"))
        dealer.immediate = true
      }),
    )
    await bound
    const subscriber = closing(new zmq.Subscriber())
    subscriber.connect("tcp://127.0.0.1:1")
    say(await warned(() => (subscriber.subscribe("a"), subscriber.unsubscribe("a"))))
    const router = closing(new zmq.Router())
    say(await warned(() => router.connect("tcp://127.0.0.1:1", { routingId: "a" })))
    say(await warned(() => router.connect("tcp://127.0.0.1:1", { routingId: "b" })))
    say(await warned(() => router.connect("tcp://127.0.0.1:1")))
    await dealer.unbind(dealer.lastEndpoint)
    say(await warned(() => (dealer.immediate = false)))
  },

  "large numbers are rounded with a warning": async ({ zmq, say, warned, closing }) => {
    const socket = closing(new zmq.Dealer())
    for (const value of [2 ** 53 - 1, 2 ** 53, 0xfffffff7fab7fb, 0xffffffffffffffff, -5, 2 ** 70]) {
      say(value, await warned(() => (socket.affinity = value)), socket.affinity)
    }
  },
}
