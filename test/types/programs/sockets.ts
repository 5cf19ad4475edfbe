// What each socket type can and cannot do.
import zmq, {
  Context,
  Dealer,
  Pair,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Socket,
  Stream,
  Subscriber,
  XPublisher,
  XSubscriber,
  capability,
  context,
  curveKeyPair,
  version,
  type Message,
  type MessageLike,
  type Readable,
  type RouterConnectOptions,
  type SocketOptions,
  type StreamConnectOptions,
  type Writable,
} from "zmtp"

const both: (Writable & Readable)[] = [
  new Pair(),
  new Request(),
  new Reply(),
  new Dealer(),
  new Router(),
  new XPublisher(),
  new XSubscriber(),
]
const writable: Writable[] = [...both, new Publisher(), new Push()]
const readable: Readable[] = [...both, new Subscriber(), new Pull()]
const stream: Readable<[Message, Message]> & Writable<[MessageLike, MessageLike]> = new Stream()

// @ts-expect-error -- A subscriber cannot send.
new Subscriber().send("x")
// @ts-expect-error -- A publisher cannot receive.
void new Publisher().receive()
// @ts-expect-error -- A pull socket is not writable.
writable.push(new Pull())
// @ts-expect-error -- A push socket is not readable.
readable.push(new Push())
// @ts-expect-error -- A stream sends an id and bytes.
void stream.send("x")
// @ts-expect-error -- The base class cannot be instantiated.
new Socket(1)
// @ts-expect-error -- Objects are not messages.
void new Push().send({ a: 1 })
// @ts-expect-error -- An address is a string.
new Push().connect(5555)
// @ts-expect-error -- Read-only.
new Push().closed = true
// @ts-expect-error -- Read-only.
new Push().type = 8
// @ts-expect-error -- Read-only.
new Push().lastEndpoint = ""
// @ts-expect-error -- Not an option of this type.
new Push().mandatory = true
// @ts-expect-error -- Wrong type.
new Push().linger = "5"
// @ts-expect-error -- Not one of the three values.
new XPublisher().verbosity = "all"

const options: SocketOptions<Dealer> = {
  context,
  sendTimeout: 200,
  probeRouter: true,
  routingId: "x",
  linger: 0,
  curveServerKey: curveKeyPair().publicKey,
}
new Dealer(options)
new Dealer({ context, sendTimeout: 200, probeRouter: true, routingId: "x" })
new Push(undefined)
new Context({ ioThreads: 1, ipv6: true })
context.threadPriority = 4
// @ts-expect-error -- Unknown option.
new Dealer({ doesNotExist: 1 })
// @ts-expect-error -- Wrong type.
new Dealer({ sendTimeout: "200" })
// @ts-expect-error -- A read-only property is not an option.
new Dealer({ closed: true })
// @ts-expect-error -- A method is not an option.
new Dealer({ send: () => undefined })
// @ts-expect-error -- An option of another socket type.
new Dealer({ mandatory: true })
// @ts-expect-error -- Not a context.
new Dealer({ context: {} })
// @ts-expect-error -- Read-only.
context.maxSocketsLimit = 5

class Logger extends Publisher {
  level = 0
  readonly name = "logger"

  constructor(options?: SocketOptions<Logger>) {
    super(options)
  }

  log(text: string): Promise<void> {
    return this.send([String(this.level), text])
  }
}
new Logger({ level: 3, linger: 0 })
// @ts-expect-error -- Read-only in the subclass too.
new Logger({ name: "x" })
class Raw extends Socket {
  constructor() {
    super(1)
  }

  get rate32(): number {
    return this.getInt32Option(8)
  }
}
const typeNumber: number = new Raw().type

const router = new Router({ mandatory: true })
const routed: RouterConnectOptions = { routingId: "peer" }
router.connect("tcp://127.0.0.1:5555", routed)
const streamed: StreamConnectOptions = {}
new Stream().connect("tcp://127.0.0.1:5555", streamed)
// @ts-expect-error -- Only Router and Stream support a routing id for the peer.
new Dealer().connect("tcp://127.0.0.1:5555", { routingId: "peer" })

export async function main(): Promise<void> {
  const dealer = new Dealer()
  const messages: (MessageLike | MessageLike[])[] = [
    "text",
    5,
    null,
    Buffer.from("a"),
    new Uint8Array(1),
    new DataView(new ArrayBuffer(1)),
    new ArrayBuffer(1),
    new SharedArrayBuffer(1),
    ["a", null, Buffer.from("b")],
    [],
  ]
  for (const message of messages) await dealer.send(message)
  for await (const [a, b] of dealer) console.log(a?.toString(), b?.toString("hex"))
  const [id, ...rest]: Message[] = await router.receive()
  await router.send([id ?? null, ...rest])
  const [from, bytes] = await new Stream().receive()
  const length: number = from.length + bytes.length
  console.log(length, router.type !== 6, dealer.type === 5, version.split("."), capability["curve"] === true)
  console.log(dealer.lastEndpoint?.length, dealer.securityMechanism === "plain", router.context === context)
  // @ts-expect-error -- Unknown type number.
  console.log(dealer.type === 99)

  // Extensions that zeromq.js does not have.
  await dealer.sendMany(["a", ["b", "c"]], { signal: new AbortController().signal })
  for await (const batch of dealer.batches(10)) console.log(batch.map(([frame]) => frame?.length))
  const sent: boolean = dealer.trySend("x")
  const tried: Message[] | undefined = dealer.tryReceive()
  console.log(sent, tried, await dealer.receive({ timeout: 5 }))
  await dealer.readableStream().pipeTo(new Push().writableStream())

  const { publicKey, secretKey } = curveKeyPair()
  const server = new Reply({ curveServer: true, curveSecretKey: secretKey, zapDomain: "global" })
  server.curvePublicKey = publicKey
  server.plainUsername = null
  await server.bind("tcp://127.0.0.1:*")
  await server.unbind(server.lastEndpoint ?? "")
  new Subscriber().subscribe("a", Buffer.from("b"))
  new zmq.Pull().close()
  console.log(typeNumber)
}
