// The API of zeromq.js 5.
import zmq, { Context, createSocket, options, proxy, socket, Socket, version, type SocketType } from "zmtp/v5-compat"

const type: SocketType = "xreq"
const dealer: Socket = socket(type, { linger: 0 })
dealer
  .bind("tcp://127.0.0.1:*", (error) => error?.message)
  .connect("inproc://a")
  .send(["a", Buffer.from("b"), null], zmq.ZMQ_SNDMORE)
  .send("c", null, (error?: Error) => error?.message)
  .monitor(10, 0)
  .on("message", (...frames: Buffer[]) => frames.length)
dealer["identity"] = "name"
const linger: number = dealer.getsockopt(zmq.ZMQ_LINGER)
const named: string = dealer.getsockopt("identity")
dealer.setsockopt("linger", 0).setsockopt(zmq.ZMQ_IDENTITY, Buffer.from("x"))
const sub = createSocket("sub").subscribe("a").unsubscribe(Buffer.from("b"))
proxy(new Socket("router"), new Socket("dealer"))
zmq.proxy(new zmq.Socket("pull"), sub, dealer)
Context.setMaxSockets(Context.getMaxSockets() + Context.getMaxThreads())
const keys: { public: string; secret: string } = zmq.curveKeypair()
const table: Record<string, number> = options
const pair: 0 = zmq.ZMQ_PAIR
const mine: number = sub["custom"]
console.log(linger, named, keys, table, version.length, pair, mine, zmq.STATE_READY)

// @ts-expect-error -- Unknown socket type.
socket("publisher")
// @ts-expect-error -- Objects are not messages.
dealer.send({ a: 1 })
// @ts-expect-error -- Flags are a number.
dealer.send("a", "more")
